using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>A snapshot that this life of the node takes or receives.</summary>
/// <param name="Number">Its number.</param>
/// <param name="First">The first message of one that is received; null for one that is taken.</param>
internal sealed record SnapshotUnderWay(long Number, InstallSnapshot? First)
{
    /// <summary>Whether a leader sends it.</summary>
    public bool IsReceived => First is not null;

    /// <summary>When the latest piece came.</summary>
    public TimeSpan LastPieceAt { get; init; }

    /// <summary>Of one that is received, the message that was heard last, and who is to be told.</summary>
    public (InstallSnapshot Message, IActorRef Sender)? Latest { get; init; }

    /// <summary>The snapshot, when its event is on its way to the journal.</summary>
    public StoredSnapshot? Stored { get; init; }
}
