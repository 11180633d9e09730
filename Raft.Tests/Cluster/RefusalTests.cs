using System.Text.RegularExpressions;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>What is not meant for a node, or not for one that does not lead, changes nothing.</summary>
public sealed class RefusalTests(ITestOutputHelper output) : ClusterTest(output)
{
    public static TheoryData<string> Strangers => [.. Headers.Keys];

    private static Dictionary<string, (PeerHeader Header, string Reason)> Headers { get; } = new()
    {
        ["another group"] = (new PeerHeader(ProtocolVersion.Current, "other", Id(2), Id(1), 99), "belongs to group 'other'"),
        ["another version"] = (new PeerHeader(200, "test", Id(2), Id(1), 99), "version 200 is not supported"),
        ["a server that is no member"] =
            (new PeerHeader(ProtocolVersion.Current, "test", new ServerId("stranger"), Id(1), 99), "is not a member"),
        ["meant for another"] = (new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(3), 99), "meant for server n3"),
        ["from itself"] = (new PeerHeader(ProtocolVersion.Current, "test", Id(1), Id(1), 99), "from this server itself"),
        ["a term beyond all"] =
            (new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), long.MaxValue), "is beyond what can be"),
        ["a term far beyond"] =
            (new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), 1L << 40), "is too far beyond this server's"),
        ["a negative term"] = (new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), -1), "is negative"),
    };

    protected override RaftSettings SettingsOf(int number, int size) =>
        base.SettingsOf(number, size) with { ApplyOnFollower = _onFollower };

    private ApplyOnFollower _onFollower;

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task A_message_that_is_not_for_this_node_is_logged_and_changes_nothing(string stranger)
    {
        var (header, reason) = Headers[stranger];
        var node = await StartAlone(SettingsOf(1, 3) with { HeartbeatTimeout = Patience, ElectionTimeout = Patience }, 3);
        await Eventually(async () => Assert.Equal(2, (await Ask<object>(node, new GetStatus()) as RaftStatus)?.DurableIndex + 1));

        // It has a leader: without one it would hear a server that may have been added without its knowledge.
        TellNode(node, new Heartbeat(new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), 1), 1), CreateTestProbe().Ref);
        await Eventually(async () => Assert.Equal(Id(2), (await StatusOf(node)).LeaderId));
        var before = await StatusOf(node);
        var writes = node.Journal.Writes;
        var entry = new LogEntry(2, 99, EntryKind.Noop, EncodedPayload.None, default, 0);
        IPeerMessage[] messages =
        [
            new RequestPreVote(header, 100, 99),
            new RequestVote(header, 100, 99, LeadershipTransfer: true),
            new AppendEntries(header, 1, 1, 1, [entry], 2),
            new Heartbeat(header, 1),
            new PreVoteResponse(header, 2, true),
            new VoteResponse(header, true),
            new ForwardedRequest(header, new Apply(Bytes("x"))),
            new UnknownVersionMessage(header, "p.future"),
        ];
        var probe = CreateTestProbe();
        await CreateEventFilter(Sys).Warning(pattern: new Regex(Regex.Escape(reason))).ExpectOneAsync(async () =>
        {
            // The unknown one has a reason of its own; it comes with the version that is refused.
            foreach (var message in messages.Where(
                message => stranger == "another version" || message is not UnknownVersionMessage))
            {
                TellNode(node, message, probe.Ref);
            }

            await StatusOf(node);
        });

        Assert.Equal(
            before with { LastLeaderContact = null },
            (await StatusOf(node)) with
            {
                LastLeaderContact = null,
                Configuration = before.Configuration,
                Followers = before.Followers,
            });
        Assert.Equal(writes, node.Journal.Writes);

        // Nobody but the client, whose request was certainly not done.
        Assert.Equal(Outcome.NotDone, (await probe.ExpectMsgAsync<NotLeader>(Patience)).Outcome);
        Assert.False(probe.HasMessages);
    }

    [Fact]
    public async Task A_follower_names_the_leader_and_its_address()
    {
        StartCluster(3);
        var leader = await Leader();
        foreach (var follower in Servers.Where(server => server != leader))
        {
            await Eventually(async () => Assert.Equal(leader.Id, (await StatusOf(follower)).LeaderId));
            foreach (var request in new IRaftRequest[]
            {
                new Apply(Bytes("x")), new ApplyBarrier(), new VerifyLeader(), new Read(Bytes("x")),
            })
            {
                var answer = Assert.IsType<NotLeader>(await Ask<object>(follower, request));
                Assert.Equal(
                    (leader.Id, $"akka.test://raft@{leader.Id}:1", Outcome.NotDone),
                    (answer.LeaderId, answer.LeaderAddress, answer.Outcome));
                Assert.Contains($"send to {leader.Id}", answer.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_follower_that_forwards_has_the_leader_answer()
    {
        _onFollower = ApplyOnFollower.Forward;
        StartCluster(3);
        var leader = await Leader();
        var follower = Servers.First(server => server != leader);
        await Eventually(async () => Assert.Equal(leader.Id, (await StatusOf(follower)).LeaderId));
        var answer = await Ask<Applied>(follower, new Apply(Bytes("a")) { Extensions = Bytes("beside") });
        Assert.Equal("applied a", Text(answer.Result));
        Assert.IsType<Applied>(await Ask<object>(follower, new ApplyBarrier()));
        Assert.Equal("a", Text((await Ask<ReadResult>(follower, new Read(Bytes("all")))).Result));
        Assert.IsType<InvalidRequest>(await Ask<object>(follower, new Apply(null!)));
        await EveryoneApplied("a");
    }

    [Theory]
    [InlineData(ApplyOnFollower.Forward)]
    [InlineData(ApplyOnFollower.Redirect)]
    public async Task A_type_that_is_not_listed_is_refused_in_this_process_as_it_is_over_the_wire(ApplyOnFollower onFollower)
    {
        _onFollower = onFollower;
        StartCluster(3);
        var leader = await Leader();
        await Eventually(async () => Assert.All(Servers, server => Assert.Equal(leader.Id, StatusOf(server).Result.LeaderId)));
        foreach (var server in Servers)
        {
            Assert.Contains(
                "not listed",
                Assert.IsType<InvalidRequest>(await Ask<object>(server, new Apply(new Uri("http://unlisted")))).Message,
                StringComparison.Ordinal);
            foreach (var consistency in Enum.GetValues<ReadConsistency>())
            {
                var answer = await Ask<object>(server, new Read(new Uri("http://unlisted"), consistency));
                Assert.Contains("not listed", Assert.IsType<InvalidRequest>(answer).Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_forwarded_request_is_not_forwarded_again_by_two_who_think_that_the_other_leads()
    {
        _onFollower = ApplyOnFollower.Forward;
        await StartAlone(SettingsOf(1, 3) with { HeartbeatTimeout = Patience, ElectionTimeout = Patience }, 3);
        await StartAlone(SettingsOf(2, 3) with { HeartbeatTimeout = Patience, ElectionTimeout = Patience }, 3);

        // Each hears from the other as the leader, of terms that only the test knows.
        await Eventually(async () =>
        {
            TellNode(this[1], new Heartbeat(new PeerHeader(ProtocolVersion.Current, "test", Id(2), Id(1), 5), 1), TestActor);
            TellNode(this[2], new Heartbeat(new PeerHeader(ProtocolVersion.Current, "test", Id(1), Id(2), 6), 1), TestActor);
            Assert.Equal(Id(2), Assert.IsType<LeaderInfo>(await Ask<object>(this[1], new GetLeader())).LeaderId);
            Assert.Equal(Id(1), Assert.IsType<LeaderInfo>(await Ask<object>(this[2], new GetLeader())).LeaderId);
        });
        Network.Records = static message => message is ForwardedRequest;
        var inquiry = Send(this[1], "a");
        Assert.Equal(Id(1), Assert.IsType<NotLeader>(await AnswerTo(inquiry)).LeaderId);
        Assert.Single(Network.Delivered);
        Assert.Single(inquiry.Answers);
    }
}
