using Raft.Actors.Settings;
using Raft.Actors.Snapshots;
using Xunit;

namespace Raft.Tests.Snapshots;

public sealed class SnapshotPolicyTests
{
    private readonly SnapshotPolicy _policy = Policy(new SnapshotSettings
    {
        Interval = TimeSpan.FromSeconds(10),
        ThresholdEntries = 100,
        ThresholdBytes = 1000,
    });

    [Fact]
    public void A_snapshot_is_due_by_entries_only_at_the_next_check()
    {
        Assert.False(_policy.IsDue(500, TimeSpan.FromSeconds(9)));
        Assert.True(_policy.IsDue(500, TimeSpan.FromSeconds(10)));
        Assert.False(_policy.IsDue(500, TimeSpan.FromSeconds(19)));
        Assert.False(_policy.IsDue(99, TimeSpan.FromSeconds(20)));
        Assert.True(_policy.IsDue(100, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_snapshot_is_due_by_bytes_at_once()
    {
        _policy.Committed(999);
        Assert.False(_policy.IsDue(5, TimeSpan.FromSeconds(1)));
        _policy.Committed(1);
        Assert.True(_policy.IsDue(5, TimeSpan.FromSeconds(1)));
        _policy.Taken(5, 0, TimeSpan.FromSeconds(1));
        Assert.False(_policy.IsDue(6, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void A_snapshot_is_due_by_age_when_anything_is_new()
    {
        var policy = Policy(new SnapshotSettings { MaxAge = TimeSpan.FromSeconds(5) });
        Assert.False(policy.IsDue(0, TimeSpan.FromSeconds(6)));
        Assert.False(policy.IsDue(1, TimeSpan.FromSeconds(4)));
        Assert.True(policy.IsDue(1, TimeSpan.FromSeconds(5)));
        policy.Taken(1, 0, TimeSpan.FromSeconds(5));
        Assert.False(policy.IsDue(1, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Each_failure_lengthens_the_wait_for_the_next_snapshot()
    {
        _policy.Committed(1000);
        _policy.Failed(TimeSpan.Zero);
        Assert.False(_policy.IsDue(5, TimeSpan.FromMilliseconds(199)));
        Assert.True(_policy.IsDue(5, TimeSpan.FromMilliseconds(200)));
        _policy.Failed(TimeSpan.Zero);
        Assert.True(_policy.IsPausing(TimeSpan.FromMilliseconds(399)));
        for (var i = 0; i < 100; i++)
        {
            _policy.Failed(TimeSpan.Zero);
        }

        Assert.False(_policy.IsDue(5, TimeSpan.FromSeconds(9.9)));
        Assert.True(_policy.IsDue(5, TimeSpan.FromSeconds(10)));
    }

    private static SnapshotPolicy Policy(SnapshotSettings settings)
    {
        var policy = new SnapshotPolicy(settings, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(10));
        policy.Begin(0, TimeSpan.Zero);
        return policy;
    }
}
