using System.Collections.Immutable;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Tests.Infrastructure;

/// <summary>Writes logs as the paper draws them: by the terms of their entries, the first at index 1.</summary>
internal static class LogBuilder
{
    public static readonly ServerId Server1 = new("n1");
    public static readonly ServerId Server2 = new("n2");
    public static readonly ServerId Server3 = new("n3");

    /// <summary>A command whose bytes are all zero.</summary>
    public static LogEntry Entry(long index, long term, int bytes = 0) =>
        new(index, term, EntryKind.Command, new EncodedPayload(PayloadFormat.Bytes, new byte[bytes]), default, 0);

    /// <summary>A command whose bytes are a text.</summary>
    public static LogEntry Entry(long index, long term, string text) =>
        new(
            index,
            term,
            EntryKind.Command,
            new EncodedPayload(PayloadFormat.Bytes, System.Text.Encoding.UTF8.GetBytes(text)),
            default,
            0);

    public static LogEntry ConfigurationEntry(long index, long term, Configuration configuration) =>
        new(index, term, EntryKind.Configuration, ConfigurationCodec.Encode(configuration), default, 0);

    /// <summary>Entries with these terms, from an index on.</summary>
    public static ImmutableArray<LogEntry> Entries(long firstIndex, params long[] terms) =>
        [.. terms.Select((term, place) => Entry(firstIndex + place, term))];

    /// <summary>A log whose entries have these terms.</summary>
    public static RaftLog LogOf(params long[] terms)
    {
        var log = new RaftLog();
        log.Append(Entries(1, terms));
        return log;
    }

    /// <summary>So many entries of one term.</summary>
    public static long[] Times(int count, long term) => [.. Enumerable.Repeat(term, count)];

    public static long[] TermsOf(LogView log) => [.. AllOf(log).Select(static entry => entry.Term)];

    public static LogEntry[] AllOf(LogView log) => [.. log.Slice(log.FirstIndex, int.MaxValue, long.MaxValue)];

    /// <summary>A configuration of voters n1, n2 and so on.</summary>
    public static ImmutableArray<ServerId> Voters(int count) =>
        [.. Enumerable.Range(1, count).Select(static number => new ServerId($"n{number}"))];

    public static TimeSpan Milliseconds(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
