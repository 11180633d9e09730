using System.Text.Json;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A developer runs a group on their machine and opens somebody's web page.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class WebPageTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_web_page_changes_nothing_and_reads_nothing_by_a_name_of_its_own()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        Assert.Equal(Known.Done, (await leader.Client.PutAsync("kept", "as it was")).Outcome);
        var others = cluster.Hosts.Where(host => host != leader).Select(static host => host.Id).ToArray();
        var members = await MembersAsync(leader);
        var status = (await leader.Client.StatusAsync())!;

        (HttpMethod Method, string Target)[] changes =
        [
            (HttpMethod.Post, $"/members/{others[0]}/demote"),
            (HttpMethod.Post, $"/members/{others[1]}/demote?force=true"),
            (HttpMethod.Post, $"/leader?to={others[0]}"),
            (HttpMethod.Post, "/snapshots"),
            (HttpMethod.Post, "/sessions"),
            (HttpMethod.Put, "/kv/kept"),
            (HttpMethod.Delete, "/kv/kept"),
            (HttpMethod.Delete, $"/members/{others[0]}"),
            (HttpMethod.Put, "/snapshots/latest"),
        ];
        foreach (var (method, target) in changes)
        {
            // As a browser sends it for a form of a page, and for a page whose name was pointed at this machine.
            await RefusedAsync(leader, method, target, ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site"));
            await RefusedAsync(leader, method, target, ("Origin", "null"));
            await RefusedAsync(leader, method, target, ("Sec-Fetch-Site", "same-site"));
            await RefusedAsync(
                leader, method, target,
                ("Host", "evil.example"), ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin"));
        }

        foreach (var target in new[] { "/kv/kept", "/kv", "/snapshots/latest", "/status", "/members", "/watch?from=1" })
        {
            await RefusedAsync(leader, HttpMethod.Get, target, ("Host", "evil.example"));
        }

        var after = (await leader.Client.StatusAsync())!;
        Assert.Equal((status.Role, status.Term, status.Leader), (after.Role, after.Term, after.Leader));

        // No entry of the log at all: neither a configuration, nor a session, nor a command.
        Assert.Equal(status.LastLogIndex, after.LastLogIndex);
        Assert.Equal(members, await MembersAsync(leader));
        Assert.Equal("as it was", (await leader.Client.GetAsync("kept")).Text);

        // Those who send none of these headers, as the host's own commands and curl do, go on.
        var (code, text) = leader.Run("member", "demote", others[0], "--url", leader.Options.Http.ToString());
        Assert.True(code == 0, text);
        Assert.Equal(2, JsonDocument.Parse(text).RootElement.GetProperty("servers").EnumerateArray()
            .Count(static server => server.GetProperty("suffrage").GetString() == "voter"));
    }

    private static async Task<string> MembersAsync(HostProcess host)
    {
        using var members = JsonDocument.Parse((await host.Client.AskAsync("/members")).Text);
        return string.Join(' ', members.RootElement.GetProperty("servers").EnumerateArray()
            .Select(static server => $"{server.GetProperty("id")}:{server.GetProperty("suffrage")}"));
    }

    private static async Task RefusedAsync(
        HostProcess host, HttpMethod method, string target, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient { BaseAddress = host.Options.Http };
        using var request = new HttpRequestMessage(method, target);
        if (method != HttpMethod.Get)
        {
            request.Content = new StringContent("x");
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True((int)response.StatusCode == 403, $"{method} {target} was answered {(int)response.StatusCode}");
    }
}
