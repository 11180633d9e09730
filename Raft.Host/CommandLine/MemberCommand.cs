using System.Diagnostics.CodeAnalysis;
using Raft.Host.Http;

namespace Raft.Host.CommandLine;

/// <summary>Asks a running server for its group's members, or for a change of them, by one HTTP request.</summary>
internal static class MemberCommand
{
    private static readonly Uri Here = new("http://127.0.0.1:8080");

    /// <summary>Reads the arguments after <c>member</c>.</summary>
    public static CommandLineArguments Parse(IReadOnlyList<string> arguments)
    {
        ReadOnlySpan<string> flags = ["--nonvoter", "--force"];
        if (!CommandOptions.TryParse(arguments, ["--url", "--previous"], flags, words: 3, out var options, out var error))
        {
            return new CommandLineArguments.Invalid(error);
        }

        if (!TryUrl(options.Last("--url"), out var url))
        {
            return new CommandLineArguments.Invalid($"--url '{options.Last("--url")}' is not a URL such as {Here}");
        }

        string[] words = [.. options.Words.Select(Uri.EscapeDataString)];
        var adds = words is ["add", ..];
        if (options.Has("--nonvoter") && !adds)
        {
            return new CommandLineArguments.Invalid("--nonvoter goes only with add");
        }

        if (options.Has("--force") && words is not (["add" or "remove" or "demote", ..]))
        {
            return new CommandLineArguments.Invalid("--force goes only with add, remove and demote");
        }

        // Each command uses the words of its request.
        (HttpMethod Method, string Target)? request = words switch
        {
            [] or ["list"] => (HttpMethod.Get, "/members"),
            ["add", var id, var address] =>
                (HttpMethod.Put, $"/members/{id}?address={address}{(options.Has("--nonvoter") ? "&suffrage=nonvoter" : "")}"),
            ["remove", var id] => (HttpMethod.Delete, $"/members/{id}"),
            ["demote", var id] => (HttpMethod.Post, $"/members/{id}/demote"),
            ["promote", var id] => (HttpMethod.Post, $"/members/{id}/promote"),
            ["transfer"] => (HttpMethod.Post, "/leader"),
            ["transfer", var id] => (HttpMethod.Post, $"/leader?to={id}"),
            _ => null,
        };
        if (request is not { } known)
        {
            return new CommandLineArguments.Invalid(
                "use member list, add ID HOST:PORT, remove ID, demote ID, promote ID or transfer [ID]");
        }

        var target = known.Target;
        if (options.Last("--previous") is { } previous)
        {
            target += (target.Contains('?', StringComparison.Ordinal) ? "&previous=" : "?previous=")
                + Uri.EscapeDataString(previous);
        }

        if (options.Has("--force"))
        {
            target += target.Contains('?', StringComparison.Ordinal) ? "&force=true" : "?force=true";
        }

        return new CommandLineArguments.Member(known.Method, new Uri(url, target));
    }

    public static async Task<int> RunAsync(CommandLineArguments.Member member, TextWriter output, TextWriter error)
    {
        try
        {
            using var client = new HttpClient { Timeout = MemberEndpoints.Patience + TimeSpan.FromSeconds(5) };
            using var request = new HttpRequestMessage(member.Method, member.Url);
            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            await (response.IsSuccessStatusCode ? output : error).WriteAsync(text);
            return response.IsSuccessStatusCode ? ExitCode.Success : ExitCode.Failure;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await error.WriteLineAsync(OneLine.Of($"{member.Url} does not answer: {failure.Message}"));
            return ExitCode.Failure;
        }
    }

    public static bool TryUrl(string? text, [NotNullWhen(true)] out Uri? url)
    {
        url = Here;
        return text is null || (Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https");
    }
}
