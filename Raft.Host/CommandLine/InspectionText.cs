using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;

namespace Raft.Host.CommandLine;

/// <summary>A journal's report as text and as JSON.</summary>
internal static class InspectionText
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static void Write(TextWriter output, StoppedServer server, JournalReport report, IReadOnlyList<StoredEntry> entries)
    {
        Line(output, $"journal         {server.Place}");
        Line(output, $"server          {server.Server} of group {server.Group}");
        Line(output, $"identity        journal {report.Journal}, group {report.Group}");
        var range = FormattableString.Invariant($"{report.FirstSequenceNr} to {report.LastSequenceNr}");
        Line(output, $"events          {report.Events} ({range}), {report.Bytes} bytes");
        Line(output, $"term            {report.Term}, voted for {report.VotedFor}");
        if (report.Entries.IsEmpty)
        {
            Line(output, $"log             no entries");
        }
        else
        {
            Line(output, $"log             {report.Entries[0].Index} to {report.LastIndex}, the last of term {report.LastTerm}");
        }

        foreach (var configuration in report.Configurations)
        {
            Line(output, $"configuration   entry {configuration.Index}: {configuration.Configuration}");
        }

        if (report.BrokenSafety is { } broken)
        {
            Line(
                output,
                $"STAYS OUT       {broken.Reason}; up to entry {broken.CommitIndex} was known to be committed (readmit)");
        }

        foreach (var problem in report.Problems)
        {
            var place = problem.SequenceNr == 0 ? string.Empty : $"event {problem.SequenceNr}: ";
            Line(output, $"PROBLEM         {place}{OneLine.Of(problem.Description)}");
        }

        foreach (var refusal in report.Refusals)
        {
            Line(output, $"REFUSED         {OneLine.Of(refusal)}");
        }

        if (entries.Count == 0)
        {
            return;
        }

        output.WriteLine();
        Line(output, $"{"index",10} {"term",10} {"kind",-13} {"bytes",8} {"event",8}  appended (by its leader's clock)");
        foreach (var entry in entries)
        {
            var bytes = entry.DataBytes + entry.ExtensionBytes;
            Line(
                output,
                $"{entry.Index,10} {entry.Term,10} {Kind(entry.Kind),-13} {bytes,8} {entry.SequenceNr,8}  {Time(entry) ?? "-"}");
        }
    }

    public static string Json(StoppedServer server, JournalReport report, IReadOnlyList<StoredEntry> entries) =>
        JsonSerializer.Serialize(Shape(server, report, entries), Options);

    private static object Shape(StoppedServer server, JournalReport report, IReadOnlyList<StoredEntry> entries) =>
        new
        {
            Journal = server.Place,
            server.Group,
            Server = server.Server.Value,
            Identity = report.Group.IsNone ? null : report.Group.ToString(),
            JournalIdentity = report.Journal.IsNone ? null : report.Journal.ToString(),
            report.Events,
            FirstEvent = report.FirstSequenceNr,
            LastEvent = report.LastSequenceNr,
            report.Bytes,
            report.Term,
            VotedFor = report.VotedFor.IsNone ? null : report.VotedFor.Value,
            FirstIndex = report.Entries.IsEmpty ? 0 : report.Entries[0].Index,
            report.LastIndex,
            report.LastTerm,
            Configurations = report.Configurations.Select(static configuration => new
            {
                configuration.Index,
                Servers = configuration.Configuration.Servers.Select(static member => new
                {
                    Id = member.Id.Value,
                    member.Address,
                    Suffrage = member.Suffrage == Suffrage.Voter ? "voter" : "nonvoter",
                }),
            }),
            BrokenSafety = report.BrokenSafety is { } broken ? new { broken.CommitIndex, broken.Reason } : null,
            Problems = report.Problems.Select(static problem => new { Event = problem.SequenceNr, problem.Description }),
            report.Refusals,
            Entries = entries.Select(static entry => new
            {
                entry.Index,
                entry.Term,
                Kind = Kind(entry.Kind),
                entry.DataBytes,
                entry.ExtensionBytes,
                Event = entry.SequenceNr,
                Appended = Time(entry),
            }),
        };

#pragma warning disable CA1308 // The documents write these names in small letters.
    private static string Kind(EntryKind kind) => kind.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    // No content of a journal may stop the listing.
    private static string? Time(StoredEntry entry) =>
        entry.Timestamp > 0 && entry.Timestamp <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(entry.Timestamp)
                .ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : null;

    private static void Line(TextWriter output, FormattableString line) =>
        output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
