using System.Collections.Concurrent;
using Raft.Actors.Model;
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
        await FirstTyped(leader, new Deposit(5));
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

    /// <summary>What hangs on a command that all know counts as well: they would stop at the object within.</summary>
    [Fact]
    public async Task A_command_that_holds_an_object_of_a_type_that_a_voter_cannot_read_is_refused()
    {
        PayloadCodec older = new([typeof(Envelope), typeof(Deposit)]), newer = new([typeof(Envelope), typeof(Deposit), typeof(Transfer)]);
        StartServer(SettingsOf(1, 3), newer);
        StartServer(SettingsOf(2, 3), newer);
        var behind = StartServer(SettingsOf(3, 3), older);
        var leader = await LeaderOtherThan(behind);
        await FirstTyped(leader, new Envelope(new Deposit(5)));
        await Eventually(async () => Assert.Single((await MemberOf(leader, behind)).LackedTypes));

        foreach (object content in new object[] { new Transfer(5), new Transfer[] { new(5) }, new List<Transfer> { new(5) }, new Envelope(new Transfer(5)) })
        {
            var refused = Assert.IsType<Unavailable>(await Typed(leader, new Envelope(content)));
            Assert.Contains($"server {behind.Id} does not read the type", refused.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(Transfer), refused.Message, StringComparison.Ordinal);
        }

        // One that the leader itself cannot read is refused too, as it comes from a process that can.
        await StopAsync(behind);
        await StopAsync(Servers.First(server => server != leader));
        StartServer(SettingsOf(3, 3), older);
        await Eventually(async () => Assert.IsNotType<NotLeader>(await Typed(leader, new Envelope(new Deposit(6)))));
        await StopAsync(leader);
        foreach (var number in Enumerable.Range(1, 3).Where(number => Servers.All(server => server.Id != Id(number))))
        {
            StartServer(SettingsOf(number, 3), older);
        }

        var last = await Leader();
        var unread = Assert.IsType<Unavailable>(await Typed(last, newer.Encode(new Envelope(new Transfer(5)))));
        Assert.Contains("the leader, cannot read it", unread.Message, StringComparison.Ordinal);
        Assert.All(Servers, static server => Assert.DoesNotContain(server.Applied, static applied => applied.Contains("Transfer", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_leader_reports_what_its_members_announced()
    {
        StartServer(SettingsOf(1, 2), Newer);
        var behind = StartServer(SettingsOf(2, 2), Older);
        var leader = await LeaderOtherThan(behind);
        await Eventually(async () =>
        {
            var (own, other) = (await MemberOf(leader, leader), await MemberOf(leader, behind));
            Assert.Equal((own.Software, own.HighestEntryKind), (other.Software, other.HighestEntryKind));
            Assert.Equal((0, 0), (own.LacksTypes, own.LackedTypes.Length));
            Assert.InRange(other.LacksTypes, 1, 5);
            Assert.Contains($"+{nameof(Transfer)},", Assert.Single(other.LackedTypes), StringComparison.Ordinal);
        });
        var atFollower = await Ask<ConfigurationInfo>(behind, new GetConfiguration());
        Assert.Equal([behind.Id], atFollower.Members.Select(static member => member.ServerId));
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
        await FirstTyped(leader, new Deposit(5));
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

    private async Task<MemberStatus> MemberOf(TestServer at, TestServer server) =>
        (await Ask<ConfigurationInfo>(at, new GetConfiguration())).Members.Single(member => member.ServerId == server.Id);

    /// <summary>A leader of a moment has not heard yet what the others read, and says so.</summary>
    private Task FirstTyped(TestServer leader, object command) => Eventually(async () =>
    {
        var answer = await Typed(leader, command);
        Assert.True(answer is Applied or Unavailable { Outcome: Outcome.NotDone }, $"{answer}");
        Assert.IsType<Applied>(answer);
    });

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

    internal sealed record Envelope(object Content);

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

            if (command.Value is Envelope envelope)
            {
                applied.Enqueue($"{envelope.Content}");
                return null;
            }

            applied.Enqueue(command.Value is Deposit deposit ? $"Deposit {deposit.Amount}" : $"Transfer {((Transfer)command.Value).Amount}");
            return null;
        }

        public object? Query(object query) => _bytes.Query(query);

        public IStateMachineSnapshot TakeSnapshot() => _bytes.TakeSnapshot();

        public IStateMachineRestore BeginRestore() => _bytes.BeginRestore();
    }
}
