using Raft.Actors.Model;

namespace Raft.Actors.Serialization;

/// <summary>
/// The journal's events: a format version, then the fields, then a checksum of it all. Without it, a disk that changes a byte
/// of a command would silently make this server's state another than the others': SQLite checks no pages, and no format here
/// notices a changed byte inside a command. A version that reads the journal of a later one must not ignore what it does not
/// know. So a new field is a new version, which older code refuses.
/// </summary>
internal static class JournalFormat
{
    /// <summary>The version that this library writes.</summary>
    public const byte Version = 1;

    /// <summary>Refuses other versions with an error that says what to do.</summary>
    /// <exception cref="MalformedMessageException">The version is not the known one.</exception>
    public static void CheckVersion(byte version, byte known, string what)
    {
        if (version > known)
        {
            throw new MalformedMessageException(
                $"{what} of format {version} was written by a later version of RaftAkka; this version reads format {known}. " +
                "Run the version that wrote it, or a later one");
        }

        if (version != known)
        {
            throw new MalformedMessageException(
                $"{what} of format {version}, which never existed; this version reads format {known}");
        }
    }

    public static void Write(ref WireWriter writer, HardStateChanged message)
    {
        writer.Byte(Version);
        writer.Index(message.Term);
        writer.Server(message.VotedFor);
        writer.Checksum();
    }

    public static HardStateChanged ReadHardStateChanged(ref WireReader reader)
    {
        CheckVersion(reader.Byte(), Version, "a journal event");
        var body = reader.CheckedBody();
        var message = new HardStateChanged(body.Index(), body.Server());
        body.End();
        return message;
    }

    public static void Write(ref WireWriter writer, JournalIdentified message)
    {
        writer.Byte(Version);
        writer.Journal(message.Journal);
        writer.Group(message.Group);
        writer.Checksum();
    }

    public static JournalIdentified ReadJournalIdentified(ref WireReader reader)
    {
        CheckVersion(reader.Byte(), Version, "a journal event");
        var body = reader.CheckedBody();
        var message = new JournalIdentified(body.Journal(), body.Group());
        body.End();
        return message.Journal.IsNone ? throw new MalformedMessageException("a journal's identity that is none") : message;
    }

    public static void Write(ref WireWriter writer, EntriesAppended message)
    {
        if (message.Entries.IsDefaultOrEmpty)
        {
            throw new ArgumentException("a journal event without entries", nameof(message));
        }

        writer.Byte(Version);
        EntryFormat.Write(ref writer, message.Entries);
        writer.Checksum();
    }

    public static EntriesAppended ReadEntriesAppended(ref WireReader reader)
    {
        CheckVersion(reader.Byte(), Version, "a journal event");
        var body = reader.CheckedBody();
        var entries = EntryFormat.Read(ref body);
        body.End();
        return entries.IsEmpty
            ? throw new MalformedMessageException("a journal event without entries")
            : new EntriesAppended(entries);
    }

    public static void Write(ref WireWriter writer, SafetyBroken message)
    {
        writer.Byte(Version);
        writer.Index(message.CommitIndex);
        writer.Text(message.Reason);
        writer.Checksum();
    }

    public static SafetyBroken ReadSafetyBroken(ref WireReader reader)
    {
        CheckVersion(reader.Byte(), Version, "a journal event");
        var body = reader.CheckedBody();
        var message = new SafetyBroken(body.Index(), body.Text());
        body.End();
        return message;
    }

    public static void Write(ref WireWriter writer, SafetyRestored message)
    {
        writer.Byte(Version);
        writer.Checksum();
    }

    public static SafetyRestored ReadSafetyRestored(ref WireReader reader)
    {
        CheckVersion(reader.Byte(), Version, "a journal event");
        reader.CheckedBody().End();
        return new SafetyRestored();
    }
}
