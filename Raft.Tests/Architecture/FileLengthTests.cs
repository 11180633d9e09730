using Xunit;

namespace Raft.Tests.Architecture;

/// <summary>
/// A file that grows long holds more than one concept. One that has to be long for a while is listed here until it is split;
/// none may be added.
/// </summary>
public sealed class FileLengthTests
{
    private const int MaxLines = 350;

    /// <summary>The files of the library that still are longer. Whoever splits one takes it off.</summary>
    private static readonly string[] Standing = [];

    [Fact]
    public void No_other_file_of_the_library_is_long()
    {
        var files = SourceFiles.Of("Raft.Actors");

        var tooLong = files.Where(static file => file.Lines.Length > MaxLines).ToArray();

        Assert.True(files.Count > 200, $"only {files.Count} files were found");
        Assert.True(
            tooLong.Select(static file => file.Path).SequenceEqual(Standing),
            $"""
            Other files of Raft.Actors have more than {MaxLines} lines than those that are listed in {nameof(FileLengthTests)}.
            Found:
            {string.Join('\n', tooLong.Select(static file => $"{file.Path}: {file.Lines.Length}"))}
            Listed:
            {string.Join('\n', Standing)}
            Split a new one by the concept that hides in it; take one that is short now off the list.
            """);
    }
}
