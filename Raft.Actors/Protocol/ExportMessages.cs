using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Asks a node for a piece of a snapshot that it has stored, to copy it elsewhere. Any node answers, with
/// <see cref="SnapshotPiece"/> or <see cref="SnapshotNotFound"/>. A snapshot that is being read is kept until a minute has
/// passed since the last such request.
/// </summary>
/// <param name="Number">The snapshot's number, as <see cref="SnapshotPiece"/> says it; 0 is the latest.</param>
/// <param name="Offset">Where in the content to begin, in bytes.</param>
public sealed record ReadSnapshot(long Number, long Offset) : IRaftRequest;

/// <summary>A piece of a snapshot's content.</summary>
/// <param name="Number">The snapshot's number, for the next piece.</param>
/// <param name="Content">What the snapshot holds.</param>
/// <param name="Offset">Where in the content the piece begins, in bytes.</param>
/// <param name="Bytes">The piece; empty only at the end.</param>
public sealed record SnapshotPiece(long Number, SnapshotDescriptor Content, long Offset, ReadOnlyMemory<byte> Bytes) : IRaftReply;

/// <summary>There is no such snapshot here, or it was removed, or it cannot be read.</summary>
/// <param name="Reason">Which of these.</param>
public sealed record SnapshotNotFound(string Reason) : RaftFailure(Outcome.NotDone)
{
    /// <inheritdoc />
    public override string Message => Reason;
}
