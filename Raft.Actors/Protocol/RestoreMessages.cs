namespace Raft.Actors.Protocol;

/// <summary>
/// The steps that restore a snapshot by hand (hashicorp/raft's user restore): the state of a running group is replaced by a
/// given one. The leader answers them; each is an entry of the log, so that every server takes the new state at the same place,
/// and a restore goes on under the next leader.
/// </summary>
/// <remarks>
/// <see cref="BeginRestore"/>, then one <see cref="RestoreBlock"/> after the other, then <see cref="CompleteRestore"/>. Until
/// then the group works with the old state. The configuration and the client sessions stay as they are.
/// <see cref="Client.RaftClient.RestoreSnapshotAsync"/> does all of it.
/// </remarks>
public abstract record RestoreRequest : IEntryRequest;

/// <summary>
/// Begins a restore, or goes on with one of the same length and checksum that is under way, so that it is safe to repeat.
/// Answered by <see cref="RestoreBegun"/>; by <see cref="RestoreRefused"/> while another is under way; by
/// <see cref="TooLarge"/> if the snapshot is larger than <c>raft.snapshots.max-restore-bytes</c>. A restore that no client
/// continues is given up after a minute of the log's time.
/// </summary>
/// <param name="Bytes">How long the snapshot's content is, in bytes; above 0.</param>
/// <param name="Checksum">The CRC-32C of its content.</param>
public sealed record BeginRestore(long Bytes, uint Checksum) : RestoreRequest;

/// <summary>
/// The next piece of the content. Answered by <see cref="RestoreBlockTaken"/>, also if the group had the piece already or it is
/// not the next one: its <see cref="RestoreBlockTaken.Offset"/> says where to go on. Safe to repeat.
/// </summary>
/// <param name="RestoreId">Of <see cref="RestoreBegun"/>.</param>
/// <param name="Offset">Where in the content the piece begins, in bytes.</param>
/// <param name="Bytes">The piece: at least one byte, and no more than <c>raft.intake.max-command-bytes</c>.</param>
public sealed record RestoreBlock(long RestoreId, long Offset, ReadOnlyMemory<byte> Bytes) : RestoreRequest;

/// <summary>
/// All pieces were taken: replace the state. Answered by <see cref="SnapshotRestored"/>, or by <see cref="RestoreRefused"/> if
/// pieces are missing, the checksum differs, or the leader's state machine cannot read it. Safe to repeat: it is done once, and
/// each copy gets the same answer until a later restore is completed.
/// </summary>
/// <param name="RestoreId">Of <see cref="RestoreBegun"/>.</param>
public sealed record CompleteRestore(long RestoreId) : RestoreRequest
{
    /// <summary>
    /// Whether the leader has seen that its state machine can read the content. Only leaders write it, into the log.
    /// </summary>
    internal bool IsChecked { get; init; }
}

/// <summary>The restore has begun.</summary>
/// <param name="RestoreId">Its id: the index of its first entry.</param>
/// <param name="Offset">Up to here the group has the content already.</param>
public sealed record RestoreBegun(long RestoreId, long Offset) : IRaftReply;

/// <summary>How far the restore is.</summary>
/// <param name="RestoreId">The restore.</param>
/// <param name="Offset">Up to here the group has the content; the next piece begins here.</param>
public sealed record RestoreBlockTaken(long RestoreId, long Offset) : IRaftReply;

/// <summary>The state was replaced; what is read from now on shows it.</summary>
/// <param name="Index">The place in the log where that happened: commands before it are gone with the old state, commands after
/// it are applied to the new one.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Size">How long the snapshot's content was, in bytes.</param>
public sealed record SnapshotRestored(long Index, long Term, long Size) : IRaftReply;

/// <summary>A step of a restore was refused.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Outcome">Unknown only if the restore is so old that it may have been completed before a later one. Otherwise
/// this step has changed nothing.</param>
public sealed record RestoreRefused(string Reason, Outcome Outcome) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override string Message => $"the snapshot is not restored: {Reason}";
}
