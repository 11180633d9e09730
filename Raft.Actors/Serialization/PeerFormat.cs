using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// The messages between servers. Each begins with the header, whose layout never changes: version (a byte), group, from, to
/// (texts) and term (a varint). Then come the fields of the version, and then the identities. Within a version further fields
/// may be appended, if a reader that does not know them may ignore them: readers leave what follows the last field that they
/// know.
/// </summary>
internal static class PeerFormat
{
    private const int IdentitySize = 32;

    public static void Write(ref WireWriter writer, PeerHeader header)
    {
        writer.Byte(header.Version);
        writer.Text(header.Group);
        writer.Server(header.From);
        writer.Server(header.To);
        writer.Index(header.Term);
    }

    public static PeerHeader ReadHeader(ref WireReader reader) =>
        new(reader.Byte(), reader.Name(), reader.Server(), reader.Server(), reader.Index());

    /// <summary>
    /// The identities, after the fields of a message: their length, then group, sender's and receiver's journal.
    /// </summary>
    public static void Write(ref WireWriter writer, PeerIdentity? identity)
    {
        if (identity is not null)
        {
            writer.Index(IdentitySize);
            writer.Group(identity.Group);
            writer.Journal(identity.Sender);
            writer.Journal(identity.Receiver);
        }
    }

    /// <summary>Reads the identities; null where a version wrote the message that knows none.</summary>
    public static PeerIdentity? ReadIdentity(ref WireReader reader)
    {
        if (reader.Remaining == 0)
        {
            return null;
        }

        var identity = new WireReader(reader.Bytes());
        return new PeerIdentity(identity.Group(), identity.Journal(), identity.Journal());
    }

    public static void Write(ref WireWriter writer, RequestPreVote message)
    {
        writer.Index(message.LastLogIndex);
        writer.Index(message.LastLogTerm);
    }

    public static RequestPreVote ReadRequestPreVote(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, PreVoteResponse message)
    {
        writer.Index(message.CampaignTerm);
        writer.Bool(message.Granted);
    }

    public static PreVoteResponse ReadPreVoteResponse(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index(), reader.Bool());

    public static void Write(ref WireWriter writer, RequestVote message)
    {
        writer.Index(message.LastLogIndex);
        writer.Index(message.LastLogTerm);
        writer.Bool(message.LeadershipTransfer);
    }

    public static RequestVote ReadRequestVote(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index(), reader.Index(), reader.Bool());

    public static void Write(ref WireWriter writer, VoteResponse message) => writer.Bool(message.Granted);

    public static VoteResponse ReadVoteResponse(ref WireReader reader, PeerHeader header) => new(header, reader.Bool());

    public static void Write(ref WireWriter writer, AppendEntries message)
    {
        writer.Index(message.Sequence);
        writer.Index(message.PrevLogIndex);
        writer.Index(message.PrevLogTerm);
        writer.Index(message.LeaderCommit);
        EntryFormat.Write(ref writer, message.Entries);
    }

    public static AppendEntries ReadAppendEntries(ref WireReader reader, PeerHeader header)
    {
        var sequence = reader.Index();
        var prevLogIndex = reader.Index();
        var prevLogTerm = reader.Index();
        var leaderCommit = reader.Index();
        return new AppendEntries(header, sequence, prevLogIndex, prevLogTerm, EntryFormat.Read(ref reader), leaderCommit);
    }

    public static void Write(ref WireWriter writer, AppendEntriesResponse message)
    {
        writer.Index(message.Sequence);
        writer.Bool(message.Success);
        writer.Index(message.MatchIndex);
        writer.Index(message.ConflictTerm);
        writer.Index(message.ConflictIndex);
        writer.Bool(message.NeedsSnapshot);
    }

    public static AppendEntriesResponse ReadAppendEntriesResponse(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index(), reader.Bool(), reader.Index(), reader.Index(), reader.Index(), reader.Bool());

    public static void Write(ref WireWriter writer, Heartbeat message) => writer.Index(message.Sequence);

    public static Heartbeat ReadHeartbeat(ref WireReader reader, PeerHeader header) => new(header, reader.Index());

    public static void Write(ref WireWriter writer, HeartbeatResponse message) => writer.Index(message.Sequence);

    public static HeartbeatResponse ReadHeartbeatResponse(ref WireReader reader, PeerHeader header) =>
        new(header, reader.Index());
}
