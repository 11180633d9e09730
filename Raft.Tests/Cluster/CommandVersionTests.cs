using System.Collections.Concurrent;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// A group whose state machines support different versions of its commands (<see cref="IVersionedStateMachine"/>).
/// </summary>
public sealed class CommandVersionTests(ITestOutputHelper output) : MembershipTest(output)
{
    private readonly ConcurrentDictionary<ServerId, int> _software = [];
    private readonly ConcurrentDictionary<ServerId, bool> _broken = [];

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Snapshots = new SnapshotSettings { Plugin = $"test-snapshots.n{number}", TrailingEntries = 1 },
    };

    protected override IStateMachine StateMachineOf(
        ServerId server, ConcurrentQueue<string> applied) => new VersionedStateMachine(
        applied, _software.GetValueOrDefault(server), _broken.ContainsKey(server));

    [Fact]
    public async Task The_version_is_raised_with_the_last_server_and_tells_a_command_what_it_means()
    {
        SetSoftware(1, 2, 3);
        SetSoftware(0, 1);
        StartCluster(3);
        await Apply(await Leader(), "a");
        var refused = Assert.IsType<Unavailable>(await Ask<object>(await Leader(), NewCommand(1, "too early")));
        Assert.Equal((Outcome.NotDone, false), (refused.Outcome, refused.IsPermanent));
        Assert.Contains(
            "the command needs version 1 of the state machine, and the group is at 0: n1 supports 0",
            refused.Message,
            StringComparison.Ordinal);

        await RestartAs(1, software: 2);
        await EveryoneIsAt(1);
        await Eventually(async () => Assert.IsType<Applied>(await Ask<object>(await Leader(), NewCommand(1, "b"))));
        Assert.IsType<Unavailable>(await Ask<object>(await Leader(), NewCommand(2, "too early")));
        await RestartAs(2, software: 2);
        await RestartAs(3, software: 2);
        await EveryoneIsAt(2);
        await Apply(await Leader(), "c");
        await EveryoneApplied("a v0", "b v1", "c v2");
        Assert.Equal([2, 2, 2], (await Members(await Leader())).Select(static member => member.StateMachineVersion));

        // Old entries keep their meaning in a replay.
        await RestartAs(3, software: 2);
        await EveryoneApplied("a v0", "b v1", "c v2");
    }

    [Fact]
    public async Task A_member_that_is_down_or_does_not_vote_holds_the_version_back()
    {
        SetSoftware(1, 1, 2, 3);
        await StartFirst();
        await EveryoneIsAt(1);
        StartEmpty(2);
        await Change(new AddVoter(Id(2), AddressOf(2)));
        StartEmpty(3);
        await Change(new AddNonvoter(Id(3), AddressOf(3)));
        await EveryoneKnows("n1 n2 n3?");
        await StopAsync(this[3]);
        await RestartAs(1, software: 2);
        await RestartAs(2, software: 2);
        var leader = await Leader();
        await Eventually(async () => Assert.Equal(
            [2, 2], (await Members(leader)).Take(2).Select(static member => member.StateMachineVersion)));
        var refused = Assert.IsType<Unavailable>(await Ask<object>(leader, NewCommand(2, "x")));
        Assert.Contains("n3 has not announced any", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await ConfigurationAt(leader)).Configuration.StateMachineVersion);

        await Change(new RemoveServer(Id(3)));
        await EveryoneIsAt(2);
    }

    [Fact]
    public async Task A_server_that_goes_back_applies_nothing_serves_nobody_and_confirms()
    {
        SetSoftware(1, 1, 2, 3);
        StartCluster(3);
        await EveryoneIsAt(1);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a v1");
        var back = Other(await Leader());
        await CreateEventFilter(Sys)
            .Error(contains: "applies nothing and serves nobody: the group's commands are of version 1, "
                + "and this server's state machine supports version 0")
            .ExpectOneAsync(() => RestartAs(NumberOf(back.Id), software: 0));
        back = this[NumberOf(back.Id)];
        var leader = await LeaderAmong([.. Servers.Where(server => server != back)]);
        await Apply(leader, "b");
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).CommitIndex, (await StatusOf(back)).CommitIndex));
        Assert.Empty(back.Applied);
        Assert.Contains("version 1", (await StatusOf(back)).NotServing, StringComparison.Ordinal);
        Assert.IsType<Unavailable>(await Ask<object>(back, new Read(Bytes("?"), ReadConsistency.Stale)));
        Assert.IsType<Unavailable>(await Ask<object>(back, new Read(Bytes("?"), ReadConsistency.Follower)));
        await Eventually(
            async () => Assert.Contains(
                "version 1",
                (await Members(leader)).Single(member => member.ServerId == back.Id).NotServing,
                StringComparison.Ordinal));

        // Its disk counts: with another server down the group goes on.
        await StopAsync(Other(leader, back));
        await Apply(leader, "c");
        await RestartAs(NumberOf(back.Id), software: 1);
        await Eventually(() =>
        {
            Assert.Equal(["a v1", "b v1", "c v1"], this[NumberOf(back.Id)].Applied.AsEnumerable());
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_snapshot_of_a_version_is_stored_and_not_shown_to_a_state_machine_that_does_not_support_it()
    {
        SetSoftware(1, 1, 2, 3);
        StartCluster(3);
        await EveryoneIsAt(1);
        var leader = await Leader();
        var back = Other(leader);
        await Apply(leader, "a");
        await StopAsync(back);
        for (var i = 0; i < 5; i++)
        {
            await Apply(leader, $"{i}");
        }

        Assert.IsType<SnapshotTaken>(await Ask<object>(leader, new TakeSnapshot()));
        _software[back.Id] = 0;
        back = StartServer(back.Settings);
        await Eventually(async () => Assert.InRange((await StatusOf(back)).Snapshot.Index, 1, long.MaxValue));
        await Apply(leader, "after");
        await Eventually(async () => Assert.Equal((await StatusOf(leader)).CommitIndex, (await StatusOf(back)).CommitIndex));
        Assert.Empty(back.Applied);
        Assert.NotNull((await StatusOf(back)).NotServing);

        await RestartAs(NumberOf(back.Id), software: 1);
        await Eventually(async () =>
        {
            var read = Assert.IsType<ReadResult>(
                await Ask<object>(this[NumberOf(back.Id)], new Read(Bytes("?"), ReadConsistency.Stale)));
            Assert.Equal("a,0,1,2,3,4,after", Text(read.Result));
        });
        Assert.Equal("after v1", this[NumberOf(back.Id)].Applied[^1]);
    }

    [Fact]
    public async Task A_new_server_that_does_not_support_the_version_stays_a_nonvoter_and_the_reason_is_seen()
    {
        SetSoftware(1, 1);
        var first = await StartFirst();
        await EveryoneIsAt(1);
        await Apply(first, "a");
        StartEmpty(2);
        var asked = Send(first, string.Empty, new AddVoter(Id(2), AddressOf(2)));
        await Eventually(async () => Assert.Contains(
            "version", (await Members(first)).Single(member => member.ServerId == Id(2)).WaitsToVote, StringComparison.Ordinal));
        Assert.Equal([Id(1)], (await ConfigurationAt(first)).Configuration.Voters.AsEnumerable());
        Assert.Empty(this[2].Applied);

        await RestartAs(2, software: 1);
        Assert.IsType<ConfigurationChanged>(await AnswerTo(asked));
        await EveryoneApplied("a v1");
    }

    /// <summary>Its vote would count towards a majority that cannot apply what it commits.</summary>
    [Fact]
    public async Task A_server_without_a_state_is_not_promoted_and_the_reason_is_seen()
    {
        SetSoftware(1, 1, 2);
        var first = await StartFirst();
        await EveryoneIsAt(1);
        for (var i = 0; i < 5; i++)
        {
            await Apply(first, $"{i}");
        }

        Assert.IsType<SnapshotTaken>(await Ask<object>(first, new TakeSnapshot()));
        _broken[Id(2)] = true;
        StartEmpty(2);
        var refused = ReasonOf(
            await Ask<object>(first, new AddVoter(Id(2), AddressOf(2)) { CatchUpTimeout = TimeSpan.FromSeconds(4) }));
        Assert.Contains("it did not become fit to vote: it serves nobody: it has no state", refused, StringComparison.Ordinal);
        _broken.Clear();
        await RestartAs(2, software: 1);
        await Change(new AddVoter(Id(2), AddressOf(2)));
    }

    [Fact]
    public async Task A_server_that_does_not_read_a_type_in_the_log_is_not_promoted()
    {
        var codec = new PayloadCodec([typeof(Note)]);
        StartServer(SettingsOf(1, 1) with { InitialConfiguration = Configuration.Empty }, codec);
        await Eventually(
            async () => Assert.IsType<ConfigurationChanged>(await Ask<object>(this[1], new Bootstrap(ConfigurationOf(1)))));
        Assert.IsType<Applied>(await Ask<object>(await Leader(), new Apply(new Note("a"))));
        StartServer(SettingsOf(2, 1) with { InitialConfiguration = Configuration.Empty }, new PayloadCodec([]));
        var refused = ReasonOf(
            await Ask<object>(this[1], new AddVoter(Id(2), AddressOf(2)) { CatchUpTimeout = TimeSpan.FromSeconds(3) }));
        Assert.Contains(nameof(Note), refused, StringComparison.Ordinal);
        await StopAsync(this[2]);
        StartServer(SettingsOf(2, 1) with { InitialConfiguration = Configuration.Empty }, codec);
        await Change(new AddVoter(Id(2), AddressOf(2)));
    }

    private static Apply NewCommand(int minimumVersion, string text) => new(Bytes(text)) { MinimumVersion = minimumVersion };

    private void SetSoftware(int version, params int[] servers)
    {
        foreach (var server in servers)
        {
            _software[Id(server)] = version;
        }
    }

    private async Task RestartAs(int number, int software)
    {
        var settings = this[number].Settings;
        await StopAsync(this[number]);
        _software[Id(number)] = software;
        StartServer(settings);
    }

    private async Task<IReadOnlyList<MemberStatus>> Members(TestServer leader) => (await ConfigurationAt(leader)).Members;

    private Task EveryoneIsAt(int version) => Eventually(async () =>
    {
        foreach (var server in Servers)
        {
            var known = await ConfigurationAt(server);
            Assert.Equal((version, true), (known.Configuration.StateMachineVersion, known.IsCommitted));
        }
    });

    internal sealed record Note(string Text);

    private sealed class VersionedStateMachine(
        ConcurrentQueue<string> applied, int supported, bool isBroken) : IStateMachine, IVersionedStateMachine
    {
        private readonly RecordingStateMachine _machine = new([]);

        public int SupportedVersion => supported;

        public object? Apply(in Command command)
        {
            if (command.Value is not Note)
            {
                _machine.Apply(in command);
            }

            applied.Enqueue($"{command.Index}:{(command.Value as Note)?.Text ?? Text(command.Bytes)} v{command.Version}");
            return null;
        }

        public object? Query(object query) => _machine.Query(query);

        public IStateMachineSnapshot TakeSnapshot() => _machine.TakeSnapshot();

        public IStateMachineRestore BeginRestore() =>
            isBroken ? throw new InvalidDataException("the test's state machine refuses each state") : _machine.BeginRestore();
    }
}
