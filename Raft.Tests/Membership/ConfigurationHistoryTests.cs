using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Membership;

/// <summary>"A server always uses the latest configuration in its log, regardless of whether the entry is committed" (4.1).</summary>
public sealed class ConfigurationHistoryTests
{
    private readonly ConfigurationHistory _history = new();

    [Fact]
    public void The_history_begins_without_a_configuration()
    {
        Assert.Same(Configuration.Empty, _history.Latest);
        Assert.Equal(0, _history.LatestIndex);
        Assert.False(_history.Append(Entry(1, 1)));
        Assert.Same(Configuration.Empty, _history.Latest);
    }

    [Fact]
    public void A_configuration_counts_from_its_append()
    {
        Append(1, 3);
        Append(5, 4);
        Assert.Equal((Of(4), 5), (_history.Latest, _history.LatestIndex));
    }

    [Fact]
    public void The_history_names_the_first_configuration_of_a_higher_version()
    {
        Configuration group = new([new Server(new ServerId("n1"), "akka.tcp://raft@n1:1")], new GroupIdentity(7));
        foreach (var (index, version) in new[] { (1, 0), (5, 1), (7, 1), (9, 3) })
        {
            _history.Append(new LogEntry(index, 1, EntryKind.Configuration, ConfigurationCodec.Encode(group.WithStateMachineVersion(version)), default, 0));
        }

        Assert.Equal((5L, 9L, 9L, null), (_history.FirstAbove(0), _history.FirstAbove(1), _history.FirstAbove(2), _history.FirstAbove(3)));
        _history.TruncateFrom(9);
        Assert.Null(_history.FirstAbove(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => group.WithStateMachineVersion(2).WithStateMachineVersion(1));
        Assert.Equal(2, group.WithStateMachineVersion(2).Without(new ServerId("n2")).With(group.Servers[0]).StateMachineVersion);
    }

    [Fact]
    public void Truncation_brings_back_the_one_before()
    {
        Append(1, 3);
        Append(5, 4);
        Append(7, 5);
        Assert.False(_history.TruncateFrom(8));
        Assert.True(_history.TruncateFrom(5));
        Assert.Equal((Of(3), 1), (_history.Latest, _history.LatestIndex));
        Assert.True(_history.TruncateFrom(1));
        Assert.Same(Configuration.Empty, _history.Latest);
    }

    [Fact]
    public void Commitment_forgets_only_what_truncation_can_no_longer_bring_back()
    {
        Append(1, 3);
        Append(5, 4);
        Append(7, 5);
        _history.Commit(6);
        _history.Forget(6);
        Assert.Equal(Of(5), _history.Latest);
        Assert.True(_history.TruncateFrom(7));
        Assert.Equal((Of(4), 5), (_history.Latest, _history.LatestIndex));
        _history.Commit(100);
        _history.Forget(100);
        Assert.Equal(Of(4), _history.Latest);
    }

    private void Append(long index, int size) => Assert.True(_history.Append(ConfigurationEntry(index, 1, Of(size))));

    private static Configuration Of(int size) =>
        new([.. Voters(size).Select(static id => new Server(id, $"akka.tcp://raft@{id}:4053"))]);
}
