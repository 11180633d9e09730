using System.Runtime.CompilerServices;
using Raft.Simulation.Commands;
using Xunit;

namespace Raft.Tests.Simulation;

/// <summary>The mutation check itself takes an hour; whether its bugs can still be put in is seen at once.</summary>
[Trait("Category", "Simulation")]
public sealed class MutationTests
{
    [Fact]
    public void Each_mutation_fits_the_source()
    {
        var misfits = Mutation.All.Where(static mutation => Occurrences(mutation) != 1)
            .Select(static mutation => $"{mutation.Name} in {mutation.File}");

        Assert.Empty(misfits);
        Assert.Equal(Mutation.All.Count, Mutation.All.Select(static mutation => mutation.Name).Distinct().Count());
    }

    private static int Occurrences(Mutation mutation) =>
        File.ReadAllText(Path.Combine(Library(), mutation.File)).Split(mutation.Right).Length - 1;

    private static string Library([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "Raft.Actors");
}
