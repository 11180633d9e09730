using System.Net;
using System.Text.Json;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Host.CommandLine;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>An operator has the group skip an entry: the command line, HTTP, and what the library answers.</summary>
public sealed class HttpEntryTests
{
    [Fact]
    public async Task The_command_becomes_the_librarys_request_and_says_what_was_done()
    {
        IRaftRequest? seen = null;
        await using var fixture = await HttpFrontFixture.StartAsync(request =>
        {
            seen = request;
            return new EntrySkipped(7, 3, 9);
        });
        var command = Assert.IsType<CommandLineArguments.Member>(
            CommandLineArguments.Parse(["entry", "skip", "7", "3", "--url", fixture.Client.BaseAddress!.ToString()]));
        using var output = new StringWriter();
        using var error = new StringWriter();

        var code = await MemberCommand.RunAsync(command, output, error);

        Assert.Equal((0, string.Empty), (code, error.ToString()));
        Assert.Equal(new SkipEntry(7, 3), seen);
        var root = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal((7, 3, 9), (root.GetProperty("skipped").GetInt64(), root.GetProperty("term").GetInt64(), root.GetProperty("at").GetInt64()));
    }

    [Theory]
    [InlineData("entries/7/skip?term=3", HttpStatusCode.Conflict)]
    [InlineData("entries/7/skip", HttpStatusCode.BadRequest)]
    [InlineData("entries/0/skip?term=3", HttpStatusCode.BadRequest)]
    [InlineData("entries/7/skip?term=x", HttpStatusCode.BadRequest)]
    [InlineData("entries/7/skip?term=3&force=1", HttpStatusCode.BadRequest)]
    public async Task A_refused_command_says_why_and_that_nothing_was_done(string target, HttpStatusCode status)
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => new SkipRefused("server n2 has applied entry 7"));

        using var response = await fixture.Client.PostAsync(target, null);

        Assert.Equal(status, response.StatusCode);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("notDone", body.GetProperty("outcome").GetString());
        Assert.NotEmpty(body.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task A_server_whose_state_machine_failed_is_not_ready_and_names_the_entry()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(_ => new RaftStatus(
            "kv", new ServerId("n1"), RaftRole.Follower, 3, default, new ServerId("n2"), null, 9, 6, 1, 9, 3, 9, Configuration.Empty, 0, null, [])
        {
            NotServing = "the state machine threw at entry 7 of term 3: no cover",
            Failure = new StateMachineFailure(7, 3, "no cover"),
        });

        using var ready = await fixture.Client.GetAsync("/health/ready");
        using var status = await fixture.Client.GetAsync("/status");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains("entry 7 of term 3: no cover", await ready.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var failure = JsonDocument.Parse(await status.Content.ReadAsStringAsync()).RootElement.GetProperty("stateMachineFailure");
        Assert.Equal((7, 3), (failure.GetProperty("index").GetInt64(), failure.GetProperty("term").GetInt64()));
    }

    [Theory]
    [InlineData("skip", "7")]
    [InlineData("drop", "7", "3")]
    public void A_command_that_makes_no_sense_is_named(params string[] words) =>
        Assert.IsType<CommandLineArguments.Invalid>(CommandLineArguments.Parse(["entry", .. words]));
}
