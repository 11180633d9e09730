using System.Net;
using Raft.Actors.Snapshots;

namespace Raft.Host.CommandLine;

/// <summary>Copies a running group's state into a file, or a file's state into a running group.</summary>
internal static class SnapshotCommand
{
    /// <summary>Reads the arguments after <c>snapshot</c>.</summary>
    public static CommandLineArguments Parse(IReadOnlyList<string> arguments)
    {
        if (!CommandOptions.TryParse(arguments, ["--url", "--from"], ["--yes"], words: 2, out var options, out var error))
        {
            return new CommandLineArguments.Invalid(error);
        }

        if (!MemberCommand.TryUrl(options.Last("--url"), out var url))
        {
            return new CommandLineArguments.Invalid(
                $"--url '{options.Last("--url")}' is not a URL such as http://127.0.0.1:8080");
        }

        var from = options.Last("--from");
        return options.Words switch
        {
            ["export", var file] when from is null && !options.Has("--yes") =>
                new CommandLineArguments.Snapshot(url, file, IsImport: false, From: null, IsConfirmed: true),
            ["import", var file] =>
                new CommandLineArguments.Snapshot(url, file, IsImport: true, from, options.Has("--yes")),
            _ => new CommandLineArguments.Invalid("use snapshot export FILE or snapshot import FILE [--from GROUP] [--yes]"),
        };
    }

    public static async Task<int> RunAsync(CommandLineArguments.Snapshot snapshot, TextWriter output, TextWriter error)
    {
        try
        {
            using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan, BaseAddress = snapshot.Url };
            return await (snapshot.IsImport
                ? ImportAsync(client, snapshot, output, error)
                : ExportAsync(client, snapshot.File, output, error));
        }
        catch (HttpRequestException failure)
        {
            await error.WriteLineAsync(OneLine.Of($"{snapshot.Url}: {failure.Message}"));
            return ExitCode.Failure;
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(OneLine.Of($"{snapshot.File}: {failure.Message}"));
            return ExitCode.Failure;
        }
    }

    /// <summary>
    /// Takes a snapshot, writes it under another name, checks all of it, and only then gives it the file's name.
    /// </summary>
    private static async Task<int> ExportAsync(HttpClient client, string file, TextWriter output, TextWriter error)
    {
        if (File.Exists(file))
        {
            throw new IOException("the file exists already; name another one");
        }

        using var taken = await client.PostAsync("/snapshots", null);
        if (!taken.IsSuccessStatusCode && taken.StatusCode != HttpStatusCode.Conflict)
        {
            return await FailAsync(taken, error);
        }

        // Conflict: nothing is new, or the server is taking a snapshot. The latest one is good enough.
        using var response = await client.GetAsync("/snapshots/latest", HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
        {
            return await FailAsync(response, error);
        }

        // Deleted and created anew, so that a link of that name is not followed.
        var part = $"{file}.part";
        File.Delete(part);
        try
        {
            SnapshotFileHead head;
            await using (var written = new FileStream(part, FileMode.CreateNew, FileAccess.ReadWrite))
            {
                await response.Content.CopyToAsync(written);
                written.Flush(flushToDisk: true);
                written.Position = 0;
                head = await SnapshotFile.VerifyAsync(written);
            }

            File.Move(part, file);
            await output.WriteLineAsync(
                $"{file}: the state of group {head.Group} at entry {head.Content.Index}, {head.Content.Bytes} bytes");
            return ExitCode.Success;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task<int> ImportAsync(
        HttpClient client, CommandLineArguments.Snapshot snapshot, TextWriter output, TextWriter error)
    {
        await using var file = new FileStream(snapshot.File, FileMode.Open, FileAccess.Read);
        var head = await SnapshotFile.VerifyAsync(file);
        if (!snapshot.IsConfirmed)
        {
            await output.WriteLineAsync(
                $"{snapshot.File}: the state of group {head.Group} at entry {head.Content.Index}, {head.Content.Bytes} bytes. "
                + $"It would replace the state of the group at {snapshot.Url} on all of its servers. All writes since the file "
                + "was made, and until the import ends, would be gone. Export the present state first.");
            await error.WriteLineAsync("nothing was changed; add --yes to do it");
            return ExitCode.Failure;
        }

        file.Position = 0;
        using var content = new StreamContent(file);
        var target = "/snapshots/latest" + (snapshot.From is { } from ? $"?from={Uri.EscapeDataString(from)}" : string.Empty);
        using var response = await client.PutAsync(target, content);
        if (!response.IsSuccessStatusCode)
        {
            return await FailAsync(response, error);
        }

        await output.WriteAsync(await response.Content.ReadAsStringAsync());
        return ExitCode.Success;
    }

    private static async Task<int> FailAsync(HttpResponseMessage response, TextWriter error)
    {
        await error.WriteAsync(await response.Content.ReadAsStringAsync());
        return ExitCode.Failure;
    }
}
