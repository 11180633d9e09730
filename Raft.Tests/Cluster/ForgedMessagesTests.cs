using System.Text.RegularExpressions;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// Messages in a member's name from somebody who is none, over a network that proves nobody's name. He knows the group's
/// identity, its journals and its term, but not the names of the actors that wait for answers.
/// </summary>
public sealed partial class ForgedMessagesTests(ITestOutputHelper output) : ScenarioTest(output)
{
    private const string TheLeader = "the leader";
    private const string Member = "another member";
    private const string Stranger = "a stranger";

    private static readonly long[] Numbers = [0, 1, 2, 3, 4, 1000, long.MaxValue - 1, long.MaxValue];

    public static TheoryData<RaftRole, string> Places
    {
        get
        {
            var places = new TheoryData<RaftRole, string>();
            foreach (var role in new[] { RaftRole.Leader, RaftRole.Follower, RaftRole.PreCandidate })
            {
                foreach (var name in new[] { TheLeader, Member, Stranger })
                {
                    if (role != RaftRole.Leader || name != TheLeader)
                    {
                        places.Add(role, name);
                    }
                }
            }

            return places;
        }
    }

    /// <summary>
    /// Whatever it says, the group goes on, no server ends or starts again, and nobody changes what is committed.
    /// </summary>
    [Theory]
    [MemberData(nameof(Places))]
    public async Task No_message_of_the_present_term_ends_or_deposes_anybody(RaftRole role, string name)
    {
        StartCluster(3);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        var leader = await Leader();
        var receiver = role == RaftRole.Leader ? leader : Servers.First(server => server != leader);
        var member = Servers.First(server => server != leader && server != receiver);
        if (role == RaftRole.PreCandidate)
        {
            Network.Isolate(receiver.Id);
            await Eventually(async () => Assert.Equal(RaftRole.PreCandidate, (await StatusOf(receiver)).Role));
        }

        var before = await StatusOf(receiver);
        var from = name == TheLeader ? leader.Id : name == Member ? member.Id : Id(7);
        var header = await HeaderTo(receiver, from, before.Term);
        var forger = CreateTestProbe();
        await WithoutRestarts(async () =>
        {
            foreach (var message in AllOf(header, before, leads: name == TheLeader))
            {
                TellNode(receiver, message, forger.Ref);
                receiver.Supervisor.Tell(message, forger.Ref);
            }

            var after = await StatusOf(receiver);
            Assert.Equal(
                (before.Term, before.CommitIndex, before.LastLogIndex), (after.Term, after.CommitIndex, after.LastLogIndex));
            if (role == RaftRole.Leader || name != TheLeader)
            {
                Assert.Equal(before.LeaderId, after.LeaderId);
            }

            Network.Heal();
            await Eventually(async () => Assert.Null((await StatusOf(receiver)).NotServing));
            await Apply(await Leader(), "b");
            await EveryoneApplied("a", "b");
        });
    }

    /// <summary>Without a secret name the first of these made it a candidate, and the next the second leader of a term.</summary>
    [Fact]
    public async Task Votes_that_nobody_gave_elect_nobody()
    {
        await SeedJournal(1, 1, default, [LogBuilder.ConfigurationEntry(1, 1, ConfigurationOf(3))]);
        var alone = StartServer(SettingsOf(1, 3));
        var asked = ProbeAs(2);
        await Next<RequestPreVote>(asked);
        await CreateEventFilter(Sys).Warning(pattern: Unasked()).ExpectAsync(2, async () =>
        {
            for (var round = 0; round < 50; round++)
            {
                foreach (var from in new[] { Id(2), Id(3) })
                {
                    for (var term = 1; term < 4; term++)
                    {
                        var header = Header(NumberOf(from), 1, term);
                        TellNode(alone, new PreVoteResponse(header, term, Granted: true), TestActor);
                        alone.Supervisor.Tell(new VoteResponse(header, Granted: true), TestActor);
                    }
                }

                Assert.Equal((RaftRole.PreCandidate, 1), ((await StatusOf(alone)).Role, (await StatusOf(alone)).Term));
            }
        });

        // Who was asked is heard.
        await Elect(asked);
        Assert.Equal(RaftRole.Leader, (await StatusOf(alone)).Role);
    }

    /// <summary>Nobody begins a group by pledges that nobody gave.</summary>
    [Fact]
    public async Task Pledges_that_nobody_gave_begin_no_group()
    {
        var founder = StartServer(SettingsOf(1, 3));
        var asked = ProbeAs(2);
        var request = await Next<RequestPledge>(asked);
        foreach (var from in new[] { 2, 3 })
        {
            TellNode(founder, new PledgeResponse(Header(from, 1, 1), Refusal: null), TestActor);
        }

        Assert.Equal(0, (await StatusOf(founder)).LastLogIndex);

        // From where it asked, one is not enough and two are.
        asked.Reply(new PledgeResponse(Header(2, 1, 1), Refusal: null));
        Assert.Equal(0, (await StatusOf(founder)).LastLogIndex);
        asked.Reply(new PledgeResponse(Header(3, 1, 1), Refusal: null));
        await Eventually(async () => Assert.Equal(1, (await StatusOf(founder)).LastLogIndex));
        Assert.Equal(3, request.Configuration.Servers.Length);
    }

    /// <summary>
    /// Who was told a name, or heard it on the wire, still confirms nothing that was not sent, and deposes nobody by an
    /// answer to nothing.
    /// </summary>
    [Fact]
    public async Task Answers_to_what_was_not_sent_crash_and_depose_nobody_and_commit_nothing()
    {
        await SeedJournal(1, 1, default, [LogBuilder.ConfigurationEntry(1, 1, ConfigurationOf(3))]);
        var leader = StartServer(SettingsOf(1, 3) with { LeaderLeaseTimeout = Patience });
        var follower = ProbeAs(2);
        var append = await Elect(follower);
        var replicator = follower.LastSender;
        await Next<Heartbeat>(follower);
        var pulse = follower.LastSender;
        var term = append.Header.Term;
        var header = append.Header with { From = Id(2), To = Id(1) };
        var later = header with { Term = term + 5 };
        await WithoutRestarts(async () =>
        {
            foreach (var number in Numbers.Where(number => number > 4))
            {
                replicator.Tell(new AppendEntriesResponse(header, append.Sequence, true, number, 0, 0), follower);
                replicator.Tell(new AppendEntriesResponse(header, number, true, 1, 0, 0), follower);
                replicator.Tell(new AppendEntriesResponse(later, number, true, 1, 0, 0), follower);
                replicator.Tell(new AppendEntriesResponse(later, number, false, 0, number, number), follower);
                pulse.Tell(new HeartbeatResponse(later, number), follower);
                pulse.Tell(new HeartbeatResponse(header, number), follower);
                foreach (var other in Numbers)
                {
                    replicator.Tell(new AppendEntriesResponse(header, append.Sequence, false, 0, number, other), follower);
                }
            }

            var status = await StatusOf(leader);
            Assert.Equal((RaftRole.Leader, term, 0), (status.Role, status.Term, status.CommitIndex));

            // What is true counts: the follower goes on where it is asked.
            var probe = await Next<AppendEntries>(follower, static asked => asked.PrevLogIndex + asked.Entries.Length >= 2);
            Accept(follower, probe);
            await Eventually(async () => Assert.Equal(2, (await StatusOf(leader)).CommitIndex));
        });
    }

    /// <summary>Entries that no leader can have sent, from the leader's own address.</summary>
    [Fact]
    public async Task Entries_that_cannot_be_are_refused_and_change_nothing()
    {
        var server = await StartAlone(SettingsOf(1, 3) with { HeartbeatTimeout = Patience, ElectionTimeout = Patience }, 3);
        var header = Header(2, 1, 5);
        TellNode(server, new Heartbeat(header, 1), TestActor);
        await Eventually(async () => Assert.Equal(Id(2), (await StatusOf(server)).LeaderId));
        var before = await StatusOf(server);
        await WithoutRestarts(async () =>
        {
            await CreateEventFilter(Sys).Warning(contains: "refused AppendEntries").ExpectOneAsync(() =>
            {
                foreach (var message in Senseless(header))
                {
                    TellNode(server, message, TestActor);
                }

                return Task.CompletedTask;
            });
            Assert.Equal((before.LastLogIndex, before.Term, before.LeaderId), await Where(server));
        });
    }

    /// <summary>No node went down meanwhile.</summary>
    private async Task WithoutRestarts(Func<Task> action)
    {
        var warnings = CreateTestProbe();
        Sys.EventStream.Subscribe(warnings.Ref, typeof(Warning));
        await action();
        Sys.EventStream.Unsubscribe(warnings.Ref);
        while (warnings.HasMessages)
        {
            Assert.DoesNotContain(
                "starts again in", (await warnings.ExpectMsgAsync<Warning>()).ToString(), StringComparison.Ordinal);
        }
    }

    private async Task<(long LastLogIndex, long Term, ServerId LeaderId)> Where(TestServer server)
    {
        var status = await StatusOf(server);
        return (status.LastLogIndex, status.Term, status.LeaderId);
    }

    private static IEnumerable<IPeerMessage> Senseless(PeerHeader header)
    {
        LogEntry Of(long index, long term, EntryKind kind = EntryKind.Noop) =>
            new(index, term, kind, new EncodedPayload(PayloadFormat.Bytes, new byte[] { 77, 1 }), default, 0);
        yield return new AppendEntries(header, 1, 1, 1, [Of(3, 5)], 1);
        yield return new AppendEntries(header, 1, 1, 1, [Of(2, 6)], 1);
        yield return new AppendEntries(header, 1, 1, 1, [Of(2, 0)], 1);
        yield return new AppendEntries(header, 1, 1, 1, [Of(2, 5), Of(3, 4)], 1);
        yield return new AppendEntries(header, 1, 1, 1, [Of(2, 5, EntryKind.Configuration)], 1);
        yield return new AppendEntries(header, 1, 1, 1, [Of(2, 5, EntryKind.SkipEntry)], 1);
        yield return new AppendEntries(header, 1, 1, 6, [], 1);
        yield return new AppendEntries(header, 1, long.MaxValue, 1, [], 1);
    }

    private static IEnumerable<IPeerMessage> AllOf(PeerHeader header, RaftStatus known, bool leads)
    {
        var configuration = ConfigurationOf(3);
        var entry = new LogEntry(known.CommitIndex, header.Term + 1, EntryKind.Noop, EncodedPayload.None, default, 0);
        yield return new RequestPreVote(header, known.LastLogIndex - 1, 1);
        yield return new RequestVote(header, 100, header.Term, LeadershipTransfer: true);
        yield return new AppendEntries(header, 1, known.CommitIndex, header.Term - 1, [], known.CommitIndex);
        yield return new AppendEntries(header, 1, known.CommitIndex - 1, header.Term, [entry], known.CommitIndex);
        yield return new RequestPledge(header, configuration);
        yield return new RequestFounding(header, configuration);
        yield return new BeginGroup(header, configuration);
        yield return new ForwardedRequest(header, new VerifyLeader());
        if (!leads)
        {
            yield return new Heartbeat(header, 1);
            yield return new TimeoutNow(header);
        }

        foreach (var senseless in Senseless(header))
        {
            yield return senseless;
        }

        foreach (var number in Numbers)
        {
            yield return new PreVoteResponse(header, number, true);
            yield return new PreVoteResponse(header with { Term = header.Term + 1 }, number, false);
            yield return new VoteResponse(header, true);
            yield return new VoteResponse(header with { Term = header.Term + 1 }, true);
            yield return new AppendEntriesResponse(header, number, true, number, 0, 0);
            yield return new AppendEntriesResponse(
                header with { Term = header.Term + 1 }, number, false, number, number, number, NeedsSnapshot: true);
            yield return new HeartbeatResponse(header with { Term = header.Term + 1 }, number);
            yield return new InstallSnapshotResponse(header, number, InstallStatus.Installed, number);
            yield return new ReadIndexResponse(header, number, number);
            yield return new RequestReadIndex(header, number);
            yield return new PledgeResponse(header, null);
            yield return new AppendEntries(header, number, number, header.Term + 1, [], number);
            yield return new InstallSnapshot(
                header, 1, new SnapshotDescriptor(number, header.Term + 1, configuration, number, number, 0), number,
                new byte[5]);
            if (leads)
            {
                yield return new InstallSnapshot(
                    header, 1,
                    new SnapshotDescriptor(Math.Min(number, known.CommitIndex), header.Term - 1, configuration, 1, number, 0),
                    0, new byte[5]);
            }
        }
    }

    [GeneratedRegex("asked nobody to answer there")]
    private static partial Regex Unasked();
}
