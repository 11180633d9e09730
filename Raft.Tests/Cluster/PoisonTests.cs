using System.Collections.Concurrent;
using System.Globalization;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A command that every state machine fails on, and the way on: an operator has the group skip its entry.</summary>
public sealed class PoisonTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const string Poison = "poison";

    private readonly ConcurrentDictionary<ServerId, bool> _immune = new();
    private Func<RaftSettings, RaftSettings> _change = static settings => settings;

    protected override RaftSettings SettingsOf(int number, int size) => _change(base.SettingsOf(number, size) with
    {
        Snapshots = new SnapshotSettings { Plugin = $"test-snapshots.n{number}", TrailingEntries = 2 },
    });

    protected override IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied) => new TestStateMachine(applied)
    {
        BeforeApply = command =>
        {
            if (Text(command.Bytes) == Poison && !_immune.GetValueOrDefault(server))
            {
                throw new InvalidOperationException("the test's state machine cannot take this");
            }
        },
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_group_goes_on_behind_an_entry_that_an_operator_has_it_skip(int size)
    {
        StartCluster(size);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        var poison = await PoisonAsync();
        var leader = await LeaderWithoutState(poison.Index);
        var place = $"the state machine threw at entry {poison.Index} of term {poison.Term}: the test's state machine cannot take this";
        Assert.Contains(place, (await StatusOf(leader)).NotServing, StringComparison.Ordinal);
        foreach (var request in new IRaftRequest[] { new Apply(Bytes("b")), new ApplyBarrier(), new RegisterSession() })
        {
            Assert.Contains(place, Assert.IsType<Unavailable>(await Ask<object>(leader, request)).Reason, StringComparison.Ordinal);
        }

        foreach (var consistency in Enum.GetValues<ReadConsistency>())
        {
            // At once, and not when a read gives up.
            var refused = await Ask<object>(leader, new Read(Bytes("all")) { Consistency = consistency, Timeout = TimeSpan.FromHours(1) });
            Assert.Contains(place, Assert.IsType<Unavailable>(refused).Reason, StringComparison.Ordinal);
        }

        var noSnapshot = Assert.IsType<SnapshotNotTaken>(await Ask<object>(leader, new TakeSnapshot()));
        Assert.Contains(place, noSnapshot.Message, StringComparison.Ordinal);
        Assert.Contains("has applied the entries up to", await WhyRefused(leader, new SkipEntry(1, 1)), StringComparison.Ordinal);
        Assert.Contains($"is of term {poison.Term}, not", await WhyRefused(leader, poison with { Term = 99 }), StringComparison.Ordinal);
        Assert.Contains("is not committed", await WhyRefused(leader, poison with { Index = 99 }), StringComparison.Ordinal);
        var skipped = await SkipEventually(poison);
        Assert.Equal((poison.Index, poison.Term), (skipped.Index, skipped.Term));

        await ApplyEventually("b");
        await EveryoneApplied("a", "b");
        Assert.All(await Task.WhenAll(Servers.Select(StatusOf)), static status => Assert.Null(status.Failure));

        // Once more is the same, also of a leader that knows it from its log alone.
        Assert.Equal(skipped, await Ask<object>(await Leader(), poison));
        await RestartAllAsync();
        await ApplyEventually("c");
        await EveryoneApplied("a", "b", "c");
    }

    [Fact]
    public async Task The_failure_names_the_same_entry_in_every_life_also_out_of_a_batch()
    {
        StartCluster(1);
        var leader = await Leader();
        await Apply(leader, "a");
        var inquiries = Enumerable.Range(0, 20).Select(number => Send(leader, number == 10 ? Poison : $"c{number}")).ToArray();
        await Task.WhenAll(inquiries.Select(AnswerTo));
        var failed = await LeaderWithoutState(0);
        var failure = (await StatusOf(failed)).Failure!;

        // a is entry 3 (behind the configuration and the no-op of the term), and ten commands follow it.
        Assert.Equal(14, failure.Index);
        await StopAsync(failed);
        StartServer(SettingsOf(1, 1));
        Assert.Equal(failure, (await StatusOf(await LeaderWithoutState(14))).Failure);
    }

    [Fact]
    public async Task A_leader_that_fails_alone_makes_way_and_nothing_is_skipped()
    {
        StartCluster(3);
        var sick = await Leader();
        foreach (var server in Servers.Where(server => server.Id != sick.Id))
        {
            _immune[server.Id] = true;
        }

        var poison = await PoisonAsync();
        await ApplyEventually("b");
        await Eventually(async () => Assert.Equal(poison.Index, (await StatusOf(sick)).Failure?.Index));
        var well = await LeaderAmong([.. Servers.Where(server => server.Id != sick.Id)]);
        Assert.Contains("has applied the entries up to", await WhyRefused(well, poison), StringComparison.Ordinal);

        // Leading all the same, it hands over.
        Assert.IsType<LeadershipTransferred>(await Ask<object>(await Leader(), new TransferLeadership(sick.Id)));
        await LeaderAmong([.. Servers.Where(server => server.Id != sick.Id)]);
        _immune[sick.Id] = true;
        await EveryoneApplied(Poison, "b");
    }

    /// <summary>The others go on, and clients make entries that are no commands too: its log must not hold them all.</summary>
    [Fact]
    public async Task A_server_that_stops_alone_takes_no_more_than_its_log_may_have_and_gets_the_others_state()
    {
        _change = static settings => settings with
        {
            // It does not try again by itself while this runs.
            RestartMaxBackoff = TimeSpan.FromMinutes(10),
            Snapshots = settings.Snapshots with
            {
                ThresholdBytes = 1000,
                TrailingBytes = 200,
                Interval = TimeSpan.FromMilliseconds(100),
                MaxLogBytes = 4000,
            },
        };
        StartCluster(3);
        var leader = await Leader();
        var sick = Servers.First(server => server.Id != leader.Id);
        foreach (var server in Servers.Where(server => server.Id != sick.Id))
        {
            _immune[server.Id] = true;
        }

        var session = Assert.IsType<SessionRegistered>(await Ask<object>(leader, new RegisterSession())).SessionId;
        Assert.IsType<Applied>(await Ask<object>(leader, new Apply(Bytes(Poison))));
        RaftStatus? stopped = null;
        await Eventually(async () =>
        {
            stopped = await StatusOf(sick);
            Assert.NotNull(stopped.Failure);
        });
        await Eventually(async () =>
        {
            var leading = await Leader();
            for (var entry = 0; entry < 20; entry++)
            {
                Assert.IsType<SessionKeptAlive>(await Ask<object>(leading, new KeepSessionAlive(session, 1)));
            }

            Assert.InRange((await StatusOf(sick)).LastApplied, stopped!.Failure!.Index, long.MaxValue);
        });
    }

    [Fact]
    public async Task A_server_that_had_applied_the_entry_gives_that_state_up_and_its_snapshots_with_it()
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        var poison = await PoisonAsync();
        var leader = await LeaderWithoutState(poison.Index);
        var other = Servers.First(server => server.Id != leader.Id);
        Network.Records = message => message is HeartbeatResponse { State.StoppedAt: > 0 } && message.Header.To == leader.Id;
        await Eventually(async () => Assert.NotNull((await StatusOf(other)).Failure));

        // The other can apply the entry now, and takes a snapshot of that. The leader does not learn of it.
        await Eventually(() =>
        {
            Assert.Contains(Network.Delivered, message => ((HeartbeatResponse)message).Header.From == other.Id);
            return Task.CompletedTask;
        });
        Network.Drop(message => message is HeartbeatResponse && message.Header.From == other.Id);
        _immune[other.Id] = true;
        await Eventually(() =>
        {
            Assert.Equal(["a", Poison], other.Applied.AsEnumerable());
            return Task.CompletedTask;
        });
        await Eventually(async () => Assert.IsType<SnapshotTaken>(await Ask<object>(other, new TakeSnapshot())));
        await SkipEventually(poison);
        Network.Heal();
        await ApplyEventually("b");
        await EveryoneApplied("a", "b");
        await RestartAllAsync();
        await ApplyEventually("c");
        await EveryoneApplied("a", "b", "c");
    }

    [Fact]
    public async Task A_skip_is_refused_while_a_member_has_not_told_that_it_reads_one()
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        Network.Drop(message => message is HeartbeatResponse && message.Header.From == Id(4));
        StartServer(SettingsOf(4, 3) with { InitialConfiguration = Configuration.Empty });
        await Ask<ConfigurationChanged>(await Leader(), new AddNonvoter(Id(4), "akka.test://raft@n4:1"));
        var poison = await PoisonAsync();

        await Eventually(async () => Assert.Contains(
            "server n4 has not announced what it can read",
            await WhyRefused(await LeaderWithoutState(poison.Index), poison),
            StringComparison.Ordinal));
        Network.Heal();
        await SkipEventually(poison);
        await ApplyEventually("b");
        await EveryoneApplied("a", "b");
    }

    [Theory]
    [InlineData(0, "server {0} has not announced what it can read")]
    [InlineData(9, "server {0} (version 0.9.9) cannot read a skip")]
    public async Task A_skip_is_refused_while_a_server_of_an_older_version_is_in_the_group(byte highestEntryKind, string expected)
    {
        StartCluster(3);
        var poison = await PoisonAsync();
        var older = highestEntryKind == 0 ? null : new Abilities("0.9.9", highestEntryKind, []);
        var leader = await LeaderWithoutState(poison.Index);
        var follower = Servers.First(server => server.Id != leader.Id).Id;
        Network.Rewrites = message => message is HeartbeatResponse { AbilitiesDigest: not null } response && message.Header.From == follower
            ? response with { AbilitiesDigest = older?.Digest, Abilities = older, State = older is null ? null : response.State }
            : message;
        await Eventually(async () => Assert.Contains(
            string.Format(CultureInfo.InvariantCulture, expected, follower),
            await WhyRefused(leader, poison),
            StringComparison.Ordinal));

        Network.Rewrites = static message => message;
        await SkipEventually(poison);
        await ApplyEventually("b");
        await EveryoneApplied("b");
    }

    [Fact]
    public async Task Two_such_commands_in_a_row_are_skipped_one_by_one()
    {
        StartCluster(3);
        var leader = await Leader();
        Inquiry[] both = [Send(leader, Poison), Send(leader, Poison)];
        await Task.WhenAll(both.Select(AnswerTo));
        var failure = (await StatusOf(await LeaderWithoutState(0))).Failure!;
        var first = new SkipEntry(failure.Index, failure.Term);
        await SkipEventually(first);
        await SkipEventually(first with { Index = first.Index + 1 });
        await ApplyEventually("b");
        await EveryoneApplied("b");
    }

    private async Task<string> WhyRefused(TestServer server, SkipEntry skip) =>
        Assert.IsType<SkipRefused>(await Ask<object>(server, skip)).Reason;

    /// <summary>Skips an entry as soon as each server has come to it.</summary>
    private async Task<EntrySkipped> SkipEventually(SkipEntry skip)
    {
        EntrySkipped? skipped = null;
        await Eventually(async () =>
            skipped = Assert.IsType<EntrySkipped>(await Ask<object>(await LeaderWithoutState(skip.Index), skip)));
        return skipped!;
    }

    /// <summary>Has the group commit a command that its state machines fail on; returns the skip that mends it.</summary>
    private async Task<SkipEntry> PoisonAsync(Apply? command = null)
    {
        var failure = Assert.IsType<StateMachineFailed>(await Ask<object>(await Leader(), command ?? new Apply(Bytes(Poison))));
        SkipEntry? skip = null;
        await Eventually(async () =>
        {
            var answers = await Task.WhenAll(Servers.Select(server => Ask<object>(server, new GetStatus())));
            var found = answers.OfType<RaftStatus>().Select(static status => status.Failure).First(static found => found is not null)!;
            Assert.Equal(failure.Index, found.Index);
            skip = new SkipEntry(found.Index, found.Term);
        });
        return skip!;
    }

    private async Task<TestServer> LeaderWithoutState(long index)
    {
        TestServer? found = null;
        await Eventually(async () =>
        {
            found = null;
            foreach (var server in Servers)
            {
                if (await Ask<object>(server, new GetStatus()) is RaftStatus { Role: RaftRole.Leader, Failure: { } failure }
                    && (index == 0 || failure.Index == index))
                {
                    found = server;
                }
            }

            Assert.NotNull(found);
        });
        return found!;
    }

    private Task ApplyEventually(string command) => Eventually(async () =>
        Assert.IsType<Applied>(await Ask<object>(await Leader(), new Apply(Bytes(command)))));

    private async Task RestartAllAsync()
    {
        var servers = Servers;
        foreach (var server in servers)
        {
            await StopAsync(server);
        }

        foreach (var server in servers)
        {
            StartServer(SettingsOf(int.Parse(server.Id.Value[1..]), servers.Length));
        }
    }
}
