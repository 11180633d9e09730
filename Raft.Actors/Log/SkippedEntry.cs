using Raft.Actors.Serialization;

namespace Raft.Actors.Log;

/// <summary>The data of an entry of <see cref="EntryKind.SkipEntry"/>: which entry is not applied.</summary>
/// <param name="Index">The entry's index.</param>
/// <param name="Term">Its term.</param>
internal readonly record struct SkippedEntry(long Index, long Term)
{
    private const byte Version = 1;

    public EncodedPayload Encode()
    {
        var writer = new WireWriter(32);
        writer.Byte(Version);
        writer.Index(Index);
        writer.Index(Term);
        return new EncodedPayload(PayloadFormat.Bytes, writer.ToArray());
    }

    /// <exception cref="MalformedMessageException">The bytes make no sense or are of a later version.</exception>
    public static SkippedEntry Decode(EncodedPayload data)
    {
        var reader = new WireReader(data.Bytes);
        JournalFormat.CheckVersion(reader.Byte(), Version, "the entry that skips another");
        return new SkippedEntry(reader.Index(), reader.Index());
    }
}
