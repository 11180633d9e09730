using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Benchmarks.Micro;

/// <summary>What the steps and parts of an Apply are measured with.</summary>
internal static class SampleEntries
{
    private const long SomeTime = 1_700_000_000_000;

    public static EncodedPayload Payload(int bytes) => new(PayloadFormat.Bytes, new byte[bytes]);

    public static LogEntry Entry(long index, EncodedPayload data) => new(index, 1, EntryKind.Command, data, default, SomeTime);

    public static ImmutableArray<LogEntry> Of(int count, int bytes)
    {
        var data = Payload(bytes);
        return [.. Enumerable.Range(1, count).Select(index => Entry(index, data))];
    }

    public static AppendEntries Append(ImmutableArray<LogEntry> entries) =>
        new(new PeerHeader(ProtocolVersion.Current, "group", new ServerId("n1"), new ServerId("n2"), 1), 1, 0, 0, entries, 0);
}
