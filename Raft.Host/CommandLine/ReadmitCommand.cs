namespace Raft.Host.CommandLine;

/// <summary>Readmits a stopped server that has found the group's safety broken, so that it takes part again.</summary>
internal static class ReadmitCommand
{
    private const string Warning = """
        This server has found that its group contradicts what the server knows to be committed. One of the two has lost
        or changed what it had confirmed.
          - First find out which of them is right: compare inspect of this server with that of the others, and look for
            a lost, restored or foreign disk.
          - Once readmitted, this server follows the group's leader. Where the two differ, the leader's log replaces
            the server's own, even what was committed here.
          - If this server is right, stop the others, and see the command recover.
        """;

    public static Task<int> RunAsync(
        CommandLineArguments.Readmit arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error) =>
        StoppedServerCommand.GuardAsync(
            async () =>
            {
                using var server = StoppedServerCommand.Open(
                    StoppedServerCommand.Configuration(arguments.Files, environment));
                var report = server.Read();
                if (report.BrokenSafety is not { } broken)
                {
                    await error.WriteLineAsync($"{server.Server} of group {server.Group} takes part; there is nothing to decide");
                    return ExitCode.Failure;
                }

                await output.WriteLineAsync(
                    $"{server.Server} of group {server.Group} stays out: {broken.Reason} "
                    + $"(it knew entries up to {broken.CommitIndex} to be committed)");
                if (!arguments.IsConfirmed)
                {
                    await output.WriteLineAsync(Warning);
                    await error.WriteLineAsync("nothing was changed; add --yes to do it");
                    return ExitCode.Failure;
                }

                await server.ReadmitAsync(report);
                await output.WriteLineAsync($"done; you may start {server.Server} now");
                return ExitCode.Success;
            },
            error);
}
