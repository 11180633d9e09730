using System.Security.Cryptography;
using Raft.Fuzz.Running;
using Raft.Fuzz.Targets;
using Raft.Tests.Processes;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Fuzz;

/// <summary>
/// Inputs that nobody has tried before, a minute of them in all (docs/testing.md, Hostile inputs). What fails says its seed, by which
/// Raft.Fuzz tries it again.
/// </summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class FreshInputTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("messages", 10)]
    [InlineData("payloads", 10)]
    [InlineData("door", 10)]
    [InlineData("wire", 15)]
    [InlineData("http", 15)]
    public async Task Fresh_inputs_do_nothing_that_no_input_may_do(string name, int seconds)
    {
        await using var targets = new TargetList();
        var target = await targets.FindAsync(name);
        var first = (ulong)RandomNumberGenerator.GetInt32(1_000_000, int.MaxValue);
        var report = await Fuzzer.RunAsync(target, first, long.MaxValue, TimeSpan.FromSeconds(seconds));
        output.WriteLine(report.ToString());
        Assert.True(report.Finding is null, report.ToString());
        Assert.InRange(report.Inputs, 100, long.MaxValue);
        if (target is DoorTarget door)
        {
            // A door that lets nothing in would have nothing to be compared.
            Assert.InRange(door.LetIn, report.Inputs / 100, report.Inputs);
        }
    }
}
