using System.Collections.Concurrent;
using Raft.Actors.Membership;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A group of which some servers know a type of command that others do not.</summary>
public sealed class UpgradeTests(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly PayloadCodec Older = new([typeof(Deposit)]);
    private static readonly PayloadCodec Newer = new([typeof(Deposit), typeof(Transfer)]);

    [Fact]
    public async Task A_command_that_a_voter_cannot_read_is_refused_until_it_can()
    {
        StartServer(SettingsOf(1, 3), Newer);
        StartServer(SettingsOf(2, 3), Newer);
        var older = StartServer(SettingsOf(3, 3), Older);
        var leader = await LeaderOtherThan(older);
        Assert.IsType<Applied>(await Typed(leader, new Deposit(5)));
        await Eventually(async () =>
        {
            var status = await StatusOf(leader);
            Assert.Equal(typeof(Abilities).Assembly.GetName().Version?.Major, int.Parse(status.Software!.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture));
            Assert.All(status.Followers, follower => Assert.Equal(status.Software, follower.Software));
            Assert.True(status.Followers.Single(follower => follower.ServerId == older.Id).LacksTypes > 0);
            Assert.Equal(0, status.Followers.Single(follower => follower.ServerId != older.Id).LacksTypes);
        });

        var refused = Assert.IsType<Unavailable>(await Typed(leader, new Transfer(5)));
        Assert.Equal((Outcome.NotDone, false), (refused.Outcome, refused.IsPermanent));
        Assert.Contains($"server {older.Id} does not read the type", refused.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(Transfer), refused.Message, StringComparison.Ordinal);

        // What all read goes on; and the one that is upgraded reads the new one too, within the same term.
        Assert.IsType<Applied>(await Typed(leader, new Deposit(6)));
        await Apply(leader, "bytes");
        await StopAsync(older);
        Assert.IsType<Unavailable>(await Typed(leader, new Transfer(5)));
        StartServer(SettingsOf(3, 3), Newer);
        await Eventually(async () => Assert.IsType<Applied>(await Typed(leader, new Transfer(5))));
        await Eventually(() =>
        {
            Assert.All(Servers, static server => Assert.Equal("Deposit 5, Deposit 6, bytes, Transfer 5", string.Join(", ", server.Applied)));
            return Task.CompletedTask;
        });
    }

    /// <summary>An upgrade that is taken back: the leader that was upgraded is told within the term that a server reads less than before.</summary>
    [Fact]
    public async Task A_server_that_goes_back_to_an_older_version_is_noticed_within_the_term()
    {
        StartServer(SettingsOf(1, 3), Newer);
        StartServer(SettingsOf(2, 3), Newer);
        var back = StartServer(SettingsOf(3, 3), Newer);
        var leader = await LeaderOtherThan(back);
        await StopAsync(back);
        Assert.IsType<Applied>(await Typed(leader, new Deposit(5)));
        StartServer(SettingsOf(3, 3), Older);
        await Eventually(async () => Assert.IsType<Unavailable>(await Typed(leader, new Transfer(5))));
    }

    /// <summary>At the start of a term nobody has said yet what he reads: a typed command waits for a majority to say so.</summary>
    [Fact]
    public async Task A_leader_whose_voters_have_not_answered_takes_no_typed_command()
    {
        StartServer(SettingsOf(1, 2), Newer);
        var older = StartServer(SettingsOf(2, 2), Older);
        await LeaderOtherThan(older);
        Network.Drop(static message => message is HeartbeatResponse);
        await StopAsync(this[1]);
        var again = StartServer(SettingsOf(1, 2), Newer);
        await LeaderOtherThan(older);
        Assert.IsNotType<Applied>(await Typed(again, new Transfer(5)));
        Assert.DoesNotContain("Transfer 5", again.Applied);
    }

    protected override IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied) => new TypedStateMachine(applied);

    private Task<object> Typed(TestServer server, object command) => Ask<object>(server, new Apply(command));

    private async Task<TestServer> LeaderOtherThan(TestServer server)
    {
        TestServer? leader = null;
        await Eventually(async () =>
        {
            foreach (var candidate in Servers)
            {
                if ((await StatusOf(candidate)).Role != RaftRole.Leader)
                {
                    continue;
                }

                if (candidate == server)
                {
                    await Ask<object>(candidate, new TransferLeadership());
                }
                else
                {
                    leader = candidate;
                }
            }

            Assert.NotNull(leader);
        });
        return leader!;
    }

    internal sealed record Deposit(int Amount);

    internal sealed record Transfer(int Amount);

    private sealed class TypedStateMachine(ConcurrentQueue<string> applied) : IStateMachine
    {
        private readonly RecordingStateMachine _bytes = new(applied);

        public object? Apply(in Command command)
        {
            if (command.Value is null)
            {
                return _bytes.Apply(in command);
            }

            applied.Enqueue(command.Value is Deposit deposit ? $"Deposit {deposit.Amount}" : $"Transfer {((Transfer)command.Value).Amount}");
            return null;
        }

        public object? Query(object query) => _bytes.Query(query);

        public IStateMachineSnapshot TakeSnapshot() => _bytes.TakeSnapshot();

        public IStateMachineRestore BeginRestore() => _bytes.BeginRestore();
    }
}
