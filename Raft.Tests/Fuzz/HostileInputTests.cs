using Raft.Fuzz.Running;
using Raft.Fuzz.Targets;
using Raft.Tests.Infrastructure;
using Raft.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Fuzz;

/// <summary>
/// Some hostile inputs for each target of Raft.Fuzz (docs/testing.md, Hostile inputs); <c>.ci/run</c> tries many more. A failure
/// says its seed, and Raft.Fuzz tries that again.
/// </summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", TestSeed.Category)]
public sealed class HostileInputTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("messages", 200_000)]
    [InlineData("payloads", 50_000)]
    [InlineData("door", 100_000)]
    [InlineData("wire", 1000)]
    [InlineData("http", 1000)]
    public async Task No_input_does_what_no_input_may_do(string name, int inputs)
    {
        await using var targets = new TargetList();
        var target = await targets.FindAsync(name);

        var report = await Fuzzer.RunAsync(target, (ulong)TestSeed.Value, inputs, TimeSpan.MaxValue);

        output.WriteLine(report.ToString());
        Assert.True(report.Finding is null, report.ToString());
        Assert.Equal(inputs, report.Inputs);
        if (target is DoorTarget door)
        {
            // A door that lets nothing in would have nothing to be compared.
            Assert.InRange(door.LetIn, report.Inputs / 100, report.Inputs);
        }
    }
}
