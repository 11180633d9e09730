using Raft.Actors.Protocol;
using Raft.Host.Http;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>A bounded number of reads asks the node at once.</summary>
public sealed class ReadTurnsTests
{
    private static readonly Deadline Long = Deadline.After(TimeSpan.FromSeconds(30));

    private readonly ReadTurns _turns = new();

    [Fact]
    public async Task Turns_are_taken_and_returned()
    {
        var taken = new List<ReadTurns.Turn>();
        for (var i = 0; i < ReadTurns.Count; i++)
        {
            taken.Add(await TakeAsync(Long));
        }

        var refused = await Assert.ThrowsAsync<RequestRefusedException>(
            async () => await TakeAsync(Deadline.After(TimeSpan.Zero)));
        Assert.Equal(503, refused.Status);

        var next = TakeAsync(Long).AsTask();
        Assert.False(next.IsCompleted);
        taken[0].Dispose();
        (await next).Dispose();
    }

    [Fact]
    public async Task Reads_that_wait_for_a_leader_keep_no_others_out()
    {
        for (var i = 0; i < ReadTurns.Count; i++)
        {
            await TakeAsync(Long);
        }

        using var other = await _turns.WaitAsync(ReadConsistency.Stale, Deadline.After(TimeSpan.Zero), CancellationToken.None);
    }

    private ValueTask<ReadTurns.Turn> TakeAsync(Deadline deadline) =>
        _turns.WaitAsync(ReadConsistency.Linearizable, deadline, CancellationToken.None);
}
