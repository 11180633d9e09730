using System.Globalization;
using Raft.Actors.Maintenance;

namespace Raft.Host.CommandLine;

/// <summary>Prints the journal of a stopped server, and changes nothing.</summary>
internal static class InspectCommand
{
    public static Task<int> RunAsync(
        CommandLineArguments.Inspect arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error) =>
        StoppedServerCommand.GuardAsync(
            async () =>
            {
                using var server = StoppedServerCommand.OpenReadOnly(
                    StoppedServerCommand.Configuration(arguments.Files, environment));
                if (server.Note is { } note)
                {
                    await error.WriteLineAsync(OneLine.Of(note));
                }

                var report = server.Read();
                var entries = Chosen(report, arguments);
                if (arguments.AsJson)
                {
                    await output.WriteLineAsync(InspectionText.Json(server, report, entries));
                }
                else
                {
                    InspectionText.Write(output, server, report, entries);
                }

                if (!report.Problems.IsEmpty)
                {
                    await error.WriteLineAsync(string.Create(
                        CultureInfo.InvariantCulture,
                        $"the journal is damaged ({report.Problems.Length} problems): "
                        + $"a server that starts from it takes no part in its group"));
                    return ExitCode.Failure;
                }

                if (!report.Refusals.IsEmpty)
                {
                    await error.WriteLineAsync($"a server would not start from this journal: {OneLine.Of(report.Refusals[0])}");
                    return ExitCode.Failure;
                }

                return ExitCode.Success;
            },
            error);

    private static List<StoredEntry> Chosen(JournalReport report, CommandLineArguments.Inspect arguments)
    {
        var (first, final) = (arguments.From ?? 0, arguments.To ?? long.MaxValue);
        var chosen = report.Entries.Where(entry => entry.Index >= first && entry.Index <= final).ToList();
        if (arguments.Last is { } last && last < chosen.Count)
        {
            chosen.RemoveRange(0, (int)(chosen.Count - last));
        }

        return chosen;
    }
}
