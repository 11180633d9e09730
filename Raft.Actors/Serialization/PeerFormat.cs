using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// The messages between servers. Each begins with the header, whose layout never changes: version (a byte), group, from,
/// to (texts) and term (a varint). The fields behind it belong to the version. Within a version a field may be appended,
/// if those who do not know it may overlook it: readers leave what follows the last field they know.
/// </summary>
internal static class PeerFormat
{
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

    public static void Write(ref WireWriter writer, Heartbeat message)
    {
        writer.Index(message.Sequence);
        if (message.KnownAbilities is { } known)
        {
            AnnouncementFormat.WriteHash(ref writer, known);
        }
    }

    public static Heartbeat ReadHeartbeat(ref WireReader reader, PeerHeader header) => new(header, reader.Index())
    {
        KnownAbilities = reader.Remaining > 0 ? AnnouncementFormat.ReadHash(ref reader) : null,
    };

    public static void Write(ref WireWriter writer, HeartbeatResponse message)
    {
        writer.Index(message.Sequence);
        if (message.Report is { } report)
        {
            AnnouncementFormat.Write(ref writer, report);
        }
    }

    public static HeartbeatResponse ReadHeartbeatResponse(ref WireReader reader, PeerHeader header) => new(header, reader.Index())
    {
        Report = reader.Remaining > 0 ? AnnouncementFormat.ReadReport(ref reader) : null,
    };
}
