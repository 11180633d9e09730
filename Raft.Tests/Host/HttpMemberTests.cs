using System.Net;
using System.Text.Json;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Host.CommandLine;
using Raft.Host.Hosting;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Operators' requests become the library's, and its answers arrive as they are.</summary>
public sealed class HttpMemberTests
{
    private static readonly ServerId N4 = new("n4");

    private static readonly Configuration Group = new(
    [
        new Server(new ServerId("n1"), "akka.tcp://raft@127.0.0.1:4053"), new Server(N4, "akka.tcp://raft@127.0.0.1:4056", Suffrage.Nonvoter),
    ]);

    public static TheoryData<string[], object> Requests => new()
    {
        { ["list"], new GetConfiguration() },
        { ["add", "n4", "akka.ssl.tcp://raft@10.0.0.4:4053"], new AddVoter(N4, "akka.ssl.tcp://raft@10.0.0.4:4053") },
        { ["add", "n4", "10.0.0.4:4053"], new AddVoter(N4, "akka://http@10.0.0.4:4053") },
        { ["add", "n4", "10.0.0.4:4053", "--nonvoter", "--previous", "7"], new AddNonvoter(N4, "akka://http@10.0.0.4:4053") { PreviousIndex = 7 } },
        { ["add", "n4", "10.0.0.4:4053", "--force"], new AddVoter(N4, "akka://http@10.0.0.4:4053") { Force = true } },
        { ["add", "n4", "10.0.0.4:4053", "--nonvoter", "--force"], new AddNonvoter(N4, "akka://http@10.0.0.4:4053") { Force = true } },
        { ["remove", "n4", "--force", "--previous", "7"], new RemoveServer(N4) { PreviousIndex = 7, Force = true } },
        { ["demote", "n4", "--force"], new DemoteVoter(N4) { Force = true } },
        { ["remove", "n4"], new RemoveServer(N4) },
        { ["demote", "n4", "--previous=9"], new DemoteVoter(N4) { PreviousIndex = 9 } },
        { ["promote", "n4"], new AddVoter(N4, "akka.tcp://raft@127.0.0.1:4056") },
        { ["transfer"], new TransferLeadership() },
        { ["transfer", "n4"], new TransferLeadership(N4) },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Every_command_sends_its_request(string[] words, object expected)
    {
        var seen = new List<IRaftRequest>();
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            seen.Add(request);
            return request switch
            {
                GetConfiguration => new ConfigurationInfo(7, Group, true),
                TransferLeadership => new LeadershipTransferred(N4, 3),
                _ => new ConfigurationChanged(8, Group),
            };
        });

        var (code, output, error) = await RunAsync(fixture, words);

        Assert.Equal((0, string.Empty), (code, error));
        Assert.Equal(expected, seen[^1]);
        var root = JsonDocument.Parse(output).RootElement;
        if (expected is TransferLeadership)
        {
            Assert.Equal("n4", root.GetProperty("leader").GetString());
        }
        else
        {
            Assert.Equal("nonvoter", root.GetProperty("servers")[1].GetProperty("suffrage").GetString());
            Assert.Equal(expected is GetConfiguration ? 7 : 8, root.GetProperty("index").GetInt64());
        }
    }

    [Fact]
    public async Task The_list_says_what_each_member_announced()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => new ConfigurationInfo(7, Group.WithStateMachineVersion(2), true)
        {
            Members =
            [
                new MemberStatus(new ServerId("n1")) { Software = "1.2.3", HighestEntryKind = 9, StateMachineVersion = 3 },
                new MemberStatus(N4)
                {
                    Software = "1.2.2", HighestEntryKind = 8, StateMachineVersion = 2, LacksTypes = 3, LackedTypes = ["Bank.Deposit, Bank"],
                    NotServing = "no state", WaitsToVote = "it serves nobody: no state",
                },
            ],
        });

        var (code, output, _) = await RunAsync(fixture, ["list"]);

        Assert.Equal(0, code);
        var root = JsonDocument.Parse(output).RootElement;
        Assert.Equal(2, root.GetProperty("stateMachineVersion").GetInt32());
        var (first, second) = (root.GetProperty("servers")[0].GetProperty("announced"), root.GetProperty("servers")[1].GetProperty("announced"));
        Assert.Equal(("1.2.3", 9, 3, 0), (first.GetProperty("software").GetString(), first.GetProperty("highestEntryKind").GetInt32(), first.GetProperty("stateMachineVersion").GetInt32(), first.GetProperty("lacksTypes").GetInt32()));
        Assert.Equal((8, 2, 3), (second.GetProperty("highestEntryKind").GetInt32(), second.GetProperty("stateMachineVersion").GetInt32(), second.GetProperty("lacksTypes").GetInt32()));
        Assert.Equal("Bank.Deposit, Bank", Assert.Single(second.GetProperty("lackedTypes").EnumerateArray()).GetString());
        Assert.Equal(("no state", "it serves nobody: no state"), (second.GetProperty("notServing").GetString(), second.GetProperty("waitsToVote").GetString()));
    }

    [Fact]
    public async Task The_list_says_nothing_of_a_member_that_announced_nothing()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => new ConfigurationInfo(7, Group, true) { Members = [new MemberStatus(N4)] });

        var (_, output, _) = await RunAsync(fixture, ["list"]);

        var servers = JsonDocument.Parse(output).RootElement.GetProperty("servers");
        Assert.All(servers.EnumerateArray(), static server => Assert.False(
            server.TryGetProperty("announced", out var announced) && announced.ValueKind != JsonValueKind.Null && announced.TryGetProperty("lacksTypes", out _)));
    }

    [Theory]
    [InlineData("members/n4", "DELETE", HttpStatusCode.Conflict)]
    [InlineData("members/n4?address=a:1", "PUT", HttpStatusCode.Conflict)]
    [InlineData("members/n9/promote", "POST", HttpStatusCode.Conflict)]
    [InlineData("leader", "POST", HttpStatusCode.Conflict)]
    [InlineData("members/n4", "PUT", HttpStatusCode.BadRequest)]
    [InlineData("members/n4?address=a:1&suffrage=witness", "PUT", HttpStatusCode.BadRequest)]
    [InlineData("members/n4?adress=a:1", "PUT", HttpStatusCode.BadRequest)]
    [InlineData("members/n%204", "DELETE", HttpStatusCode.BadRequest)]
    [InlineData("members/n4?previous=x", "DELETE", HttpStatusCode.BadRequest)]
    [InlineData("members/n4?force=yes", "DELETE", HttpStatusCode.BadRequest)]
    [InlineData("members/n4/promote?force=true", "POST", HttpStatusCode.BadRequest)]
    [InlineData("members/n4", "GET", HttpStatusCode.MethodNotAllowed)]
    public async Task A_refused_command_says_why_and_that_nothing_was_done(string target, string method, HttpStatusCode status)
    {
        await using var fixture = await HttpFrontFixture.StartAsync(request => request switch
        {
            GetConfiguration => new ConfigurationInfo(7, Group, true),
            TransferLeadership => new LeadershipTransferFailed("nobody is up to date", Outcome.NotDone),
            _ => new ConfigurationRefused("another change is not committed yet"),
        });

        using var request = new HttpRequestMessage(new HttpMethod(method), target);
        using var response = await fixture.Client.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("notDone", body.GetProperty("outcome").GetString());
        Assert.NotEmpty(body.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task A_transfer_that_may_yet_come_about_is_unknown()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => new LeadershipTransferFailed("it did not win in time", Outcome.Unknown));

        using var response = await fixture.Client.PostAsync("/leader", null);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Contains("\"unknown\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_that_redirects_names_the_leader()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(
            _ => new NotLeader(new ServerId("n2"), "akka.tcp://raft@127.0.0.1:4054"),
            settings => settings with
            {
                WritesOnFollower = WritesOnFollower.Redirect,
                HttpAddresses = settings.HttpAddresses.Add("n2", new Uri("http://10.0.0.2:8080")),
            });

        using var response = await fixture.Client.DeleteAsync("/members/n4?previous=3");

        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.Equal("http://10.0.0.2:8080/members/n4?previous=3", response.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("grow")]
    [InlineData("add", "n4")]
    [InlineData("remove")]
    [InlineData("remove", "n4", "--nonvoter")]
    [InlineData("list", "--url", "nonsense")]
    public void A_command_that_makes_no_sense_is_named(params string[] words) =>
        Assert.IsType<CommandLineArguments.Invalid>(CommandLineArguments.Parse(["member", .. words]));

    private static async Task<(int Code, string Output, string Error)> RunAsync(HttpFrontFixture fixture, string[] words)
    {
        var member = Assert.IsType<CommandLineArguments.Member>(
            CommandLineArguments.Parse(["member", .. words, "--url", fixture.Client.BaseAddress!.ToString()]));
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await MemberCommand.RunAsync(member, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
