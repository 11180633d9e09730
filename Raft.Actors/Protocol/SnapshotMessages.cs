using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Makes this node take a snapshot now, whatever its thresholds say. Any node does so. Answered by <see cref="SnapshotTaken"/>
/// when it is complete, or by <see cref="SnapshotNotTaken"/>.
/// </summary>
public sealed record TakeSnapshot : IRaftRequest;

/// <summary>The snapshot is complete and on disk.</summary>
/// <param name="Index">The last entry that is in it.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Size">How large it is, in bytes.</param>
public sealed record SnapshotTaken(long Index, long Term, long Size) : IRaftReply;

/// <summary>No snapshot was taken: there is nothing new, one is under way, or it failed.</summary>
/// <param name="Reason">Why.</param>
public sealed record SnapshotNotTaken(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => $"no snapshot was taken: {Reason}";
}

/// <summary>
/// InstallSnapshot of figure 5.3 of the dissertation: a piece of the leader's snapshot, for a follower that needs entries which
/// the leader's log no longer has.
/// </summary>
/// <param name="Header">The term is the leader's.</param>
/// <param name="Sequence">Counts the messages of one transfer; the answer repeats it.</param>
/// <param name="Content">What the snapshot holds; the same in each of its messages.</param>
/// <param name="Offset">Where in the content the piece begins, in bytes.</param>
/// <param name="Bytes">The piece; empty in a message that only asks how far the follower is.</param>
public sealed record InstallSnapshot(
    PeerHeader Header, long Sequence, SnapshotDescriptor Content, long Offset, ReadOnlyMemory<byte> Bytes) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>How a follower is getting on with a snapshot.</summary>
public enum InstallStatus : byte
{
    /// <summary>It takes the pieces.</summary>
    Receiving = 0,

    /// <summary>It holds the snapshot, or the entries up to its index, durably.</summary>
    Installed = 1,

    /// <summary>
    /// It does not want it: the leader's term is over, the snapshot makes no sense, or it is older than what the follower
    /// needs.
    /// </summary>
    Refused = 2,
}

/// <summary>The answer to <see cref="InstallSnapshot"/>.</summary>
/// <param name="Header">The term is the follower's.</param>
/// <param name="Sequence">The sequence of the message that is answered.</param>
/// <param name="Status">How it is getting on.</param>
/// <param name="Offset">While receiving: up to here it has the content; the next piece begins here.</param>
public sealed record InstallSnapshotResponse(PeerHeader Header, long Sequence, InstallStatus Status, long Offset) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>A snapshot on its way to a follower.</summary>
/// <param name="Index">The snapshot's index.</param>
/// <param name="BytesSent">How many of its bytes the follower has acknowledged.</param>
/// <param name="Bytes">How many it has.</param>
public sealed record SnapshotTransfer(long Index, long BytesSent, long Bytes)
{
    /// <summary>How much of it the follower has, in percent.</summary>
    public int Percent => Bytes == 0 ? 100 : (int)(100 * BytesSent / Bytes);
}

/// <summary>The latest complete snapshot of a node.</summary>
/// <param name="Index">The last entry that is in it; 0 if there is none.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Size">How large it is, in bytes.</param>
public sealed record SnapshotStatus(long Index, long Term, long Size)
{
    /// <summary>There is none.</summary>
    public static readonly SnapshotStatus None = new(0, 0, 0);
}

/// <summary>
/// A snapshot that is being restored by hand, as far as its pieces are applied. Every server holds them in memory until it is
/// completed or given up.
/// </summary>
/// <param name="RestoreId">Its number: the index at which it began.</param>
/// <param name="BytesTaken">How many bytes have come in.</param>
/// <param name="Bytes">How many bytes it has in all.</param>
public sealed record RestoreStatus(long RestoreId, long BytesTaken, long Bytes);
