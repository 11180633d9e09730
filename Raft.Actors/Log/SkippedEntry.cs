using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Log;

/// <summary>An entry that is not applied, as another entry of the log says.</summary>
/// <param name="At">The index of the entry that says so.</param>
/// <param name="Index">The index of the entry that is skipped.</param>
/// <param name="Term">Its term.</param>
public readonly record struct SkippedEntry(long At, long Index, long Term)
{
    private const byte Version = 1;

    /// <summary>The data of the entry that says so.</summary>
    internal static EncodedPayload Encode(long index, long term)
    {
        var writer = new WireWriter(32);
        writer.Byte(Version);
        writer.Index(index);
        writer.Index(term);
        return new EncodedPayload(PayloadFormat.Bytes, writer.ToArray());
    }

    /// <exception cref="MalformedMessageException">The bytes make no sense or are of a later version.</exception>
    internal static SkippedEntry Of(LogEntry entry)
    {
        var reader = new WireReader(entry.Data.Bytes);
        JournalFormat.CheckVersion(reader.Byte(), Version, "the entry that skips another");
        var skipped = new SkippedEntry(entry.Index, reader.Index(), reader.Index());
        reader.End();
        return skipped;
    }
}
