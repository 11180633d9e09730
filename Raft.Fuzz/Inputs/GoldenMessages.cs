using System.Collections.Immutable;

namespace Raft.Fuzz.Inputs;

/// <summary>A message as some version wrote it.</summary>
/// <param name="Manifest">What it says that it is.</param>
/// <param name="Bytes">Its bytes.</param>
internal sealed record GoldenMessage(string Manifest, byte[] Bytes);

/// <summary>One message of each kind and shape, out of the file that the tests of the wire hold every version to.</summary>
internal static class GoldenMessages
{
    // A line that is no message: the content of an entry.
    private const string NoManifest = "-";

    /// <summary>All of them.</summary>
    public static ImmutableArray<GoldenMessage> All { get; } = Read();

    /// <summary>Any of them.</summary>
    public static GoldenMessage Any(Random luck) => All[luck.Next(All.Length)];

    private static ImmutableArray<GoldenMessage> Read()
    {
        using var stream = typeof(GoldenMessages).Assembly.GetManifestResourceStream("messages.txt")
            ?? throw new InvalidOperationException("the golden messages are not in this assembly");
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            .. lines.Where(static line => line[0] != '#')
                .Select(static line => line.Split(' '))
                .Where(static parts => parts[1] != NoManifest)
                .Select(static parts => new GoldenMessage(parts[1], Convert.FromHexString(parts[2].Trim()))),
        ];
    }
}
