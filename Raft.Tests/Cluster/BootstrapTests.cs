using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>A group's first configuration by message (hashicorp/raft's TestRaft_LiveBootstrap).</summary>
public sealed class BootstrapTests(ITestOutputHelper output) : MembershipTest(output)
{
    [Fact]
    public async Task One_server_that_is_bootstrapped_makes_the_group_and_only_once()
    {
        for (var number = 1; number <= 3; number++)
        {
            await Waiting(number);
        }

        var bootstrap = new Bootstrap(ConfigurationOf(3));
        Assert.Equal(1, (await Ask<ConfigurationChanged>(this[1], bootstrap)).Index);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        foreach (var server in Servers)
        {
            Assert.Contains("has state already", ReasonOf(await Ask<object>(server, bootstrap)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Several_servers_may_bootstrap_the_same_configuration()
    {
        for (var number = 1; number <= 3; number++)
        {
            await Waiting(number);
        }

        // The group may have begun through another of them before a server reads its own request.
        var answers = await Task.WhenAll(Servers.Select(server => Ask<object>(server, new Bootstrap(ConfigurationOf(3)))));
        Assert.Contains(answers, static answer => answer is ConfigurationChanged { Index: 1 });
        Assert.All(answers.Where(static answer => answer is not ConfigurationChanged), static answer => Assert.Contains("has state already", ReasonOf(answer), StringComparison.Ordinal));
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
    }

    [Fact]
    public async Task A_nonvoter_bootstraps_nothing_and_waits()
    {
        var server = await Waiting(1);
        var configuration = new Configuration([new Server(Id(1), AddressOf(1), Suffrage.Nonvoter), new Server(Id(2), AddressOf(2))]);
        Assert.Contains("would not vote", ReasonOf(await Ask<object>(server, new Bootstrap(configuration))), StringComparison.Ordinal);
        Assert.Contains("would not vote", ReasonOf(await Ask<object>(server, new Bootstrap(Configuration.Empty))), StringComparison.Ordinal);
        Assert.Equal((0, true), ((await ConfigurationAt(server)).Index, (await ConfigurationAt(server)).Configuration.IsEmpty));
    }

    [Fact]
    public async Task A_journal_that_fails_leaves_the_outcome_open()
    {
        var server = await Waiting(1);
        server.Journal.Break(JournalFault.Fail);
        var failed = Assert.IsType<StorageFailed>(await Ask<object>(server, new Bootstrap(ConfigurationOf(1))));
        Assert.Equal(Outcome.Unknown, failed.Outcome);
        server.Journal.Heal();
    }

    [Fact]
    public async Task A_pledge_is_given_to_one_coordinator_for_ever_and_only_that_one_may_begin()
    {
        for (var number = 1; number <= 4; number++)
        {
            await Waiting(number);
        }

        var configuration = ConfigurationOf(3);
        for (var number = 1; number <= 3; number++)
        {
            Assert.Equal(Id(1), (await Ask<BootstrapPledged>(this[number], new PledgeBootstrap(Id(1), configuration))).Coordinator);
            Assert.IsType<BootstrapPledged>(await Ask<object>(this[number], new PledgeBootstrap(Id(1), configuration)));
        }

        // Another configuration that shares a server cannot begin, nor after a restart of that server.
        var other = new Configuration([.. new[] { 2, 3, 4 }.Select(number => new Server(Id(number), AddressOf(number)))]);
        Assert.IsType<BootstrapPledged>(await Ask<object>(this[4], new PledgeBootstrap(Id(2), other)));
        await StopAsync(this[2]);
        await Waiting(2);
        Assert.Contains("pledged itself to n1", ReasonOf(await Ask<object>(this[2], new PledgeBootstrap(Id(2), other))), StringComparison.Ordinal);
        Assert.Contains("pledged itself to n1", ReasonOf(await Ask<object>(this[2], new Bootstrap(other))), StringComparison.Ordinal);
        Assert.Contains("would not vote", ReasonOf(await Ask<object>(this[4], new PledgeBootstrap(Id(1), configuration))), StringComparison.Ordinal);

        // The coordinator too restarts in between, and begins all the same.
        await StopAsync(this[1]);
        await Waiting(1);
        Assert.Equal(1, (await Ask<ConfigurationChanged>(this[1], new Bootstrap(configuration))).Index);
        await StopAsync(this[4]);
        await Apply(await Leader(), "a");
        await EveryoneApplied("a");
        Assert.Contains("has state already", ReasonOf(await Ask<object>(this[2], new PledgeBootstrap(Id(1), configuration))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pledge_counts_when_it_is_on_the_disk()
    {
        var server = await Waiting(1);
        server.Journal.Break(JournalFault.Hang);
        var pledge = Send(server, "pledge", new PledgeBootstrap(Id(1), ConfigurationOf(3)));
        await Eventually(async () => Assert.Equal(Id(1), (await StatusOf(server)).VotedFor));
        Assert.Empty(pledge.Answers);
        server.Journal.Heal();
        Assert.IsType<BootstrapPledged>(await AnswerTo(pledge));
    }

    /// <summary>A server that has read its empty journal.</summary>
    private async Task<TestServer> Waiting(int number)
    {
        var server = StartEmpty(number);
        await Eventually(async () => Assert.IsType<RaftStatus>(await Ask<object>(server, new GetStatus())));
        return server;
    }
}
