using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>Client sessions (dissertation 6.3) through the whole way: message, log, state machine, answer.</summary>
public sealed class SessionTests(ITestOutputHelper output) : ClusterTest(output)
{
    protected override RaftSettings SettingsOf(int number, int size) =>
        base.SettingsOf(number, size) with { Sessions = new SessionSettings { Timeout = TimeSpan.FromSeconds(60), MaxSessions = 2 } };

    [Fact]
    public async Task A_retry_gets_the_first_answer_from_the_same_leader_the_next_one_and_after_restarts()
    {
        StartCluster(3);
        var leader = await Leader();
        var session = await Register(leader);
        var first = await Send(leader, session, 1, "a");
        await Apply(leader, "other");
        Same(first, await Send(leader, session, 1, "a"));

        await StopAsync(leader);
        var next = await Leader();
        Same(first, await Send(next, session, 1, "a"));
        StartServer(leader.Settings);

        foreach (var server in Servers)
        {
            await StopAsync(server);
            StartServer(server.Settings);
        }

        Same(first, await Send(await Leader(), session, 1, "a"));
        var applied = await Settled();
        Assert.Equal(["a", "other"], applied.Take(2));
        Assert.Single(applied, "a");
    }

    [Fact]
    public async Task Concurrent_commands_that_are_sent_twice_are_applied_once()
    {
        StartCluster(3);
        var leader = await Leader();
        var session = await Register(leader);
        var sent = Enumerable.Range(1, 200).SelectMany(number => new[] { number, number })
            .Select(number => (number, Inquiry: base.Send(leader, $"c{number}", Command(session, number, $"c{number}")))).ToList();
        foreach (var pair in sent.GroupBy(static one => one.number, static one => one.Inquiry))
        {
            Same(Assert.IsType<Applied>(await AnswerTo(pair.First())), Assert.IsType<Applied>(await AnswerTo(pair.Last())));
        }

        Assert.Equal(201, (await Settled()).Length);
    }

    [Fact]
    public async Task A_session_that_has_ended_says_so_and_applies_nothing()
    {
        StartCluster(1);
        var leader = await Leader();
        var session = await Register(leader);
        Assert.IsType<SessionKeptAlive>(await Ask<object>(leader, new KeepSessionAlive(session, 1)));
        Assert.IsType<SessionClosed>(await Ask<object>(leader, new CloseSession(session)));
        var answer = Assert.IsType<SessionExpired>(await Ask<object>(leader, Command(session, 1, "late")));
        Assert.Equal(session, answer.SessionId);
        Assert.IsType<SessionExpired>(await Ask<object>(leader, new KeepSessionAlive(session, 1)));
        Assert.Single(await Settled());
    }

    [Fact]
    public async Task More_sessions_than_there_may_be_are_refused()
    {
        StartCluster(1);
        var leader = await Leader();
        await Register(leader);
        await Register(leader);
        Assert.IsType<SessionLimitReached>(await Ask<object>(leader, new RegisterSession()));
    }

    [Fact]
    public async Task Requests_that_make_no_sense_and_servers_that_do_not_lead_refuse()
    {
        StartCluster(3);
        var leader = await Leader();
        Assert.IsType<InvalidRequest>(await Ask<object>(leader, Command(0, 1, "a")));
        Assert.IsType<InvalidRequest>(await Ask<object>(leader, new KeepSessionAlive(0, 1)));
        Assert.IsType<InvalidRequest>(await Ask<object>(leader, new CloseSession(-1)));
        var follower = Servers.First(server => server != leader);
        Assert.IsType<NotLeader>(await Ask<object>(follower, new RegisterSession()));
        Assert.IsType<NotLeader>(await Ask<object>(follower, new KeepSessionAlive(1, 1)));
    }

    private static Apply Command(long session, long sequence, string command) =>
        new(Bytes(command)) { Session = new CommandSession(session, sequence, 1) };

    private static void Same(Applied first, Applied retry) =>
        Assert.Equal((first.Index, first.Term, Text(first.Result)), (retry.Index, retry.Term, Text(retry.Result)));

    private async Task<long> Register(TestServer server) =>
        Assert.IsType<SessionRegistered>(await Ask<object>(server, new RegisterSession())).SessionId;

    private async Task<Applied> Send(TestServer server, long session, long sequence, string command) =>
        Assert.IsType<Applied>(await Ask<object>(server, Command(session, sequence, command)));
}
