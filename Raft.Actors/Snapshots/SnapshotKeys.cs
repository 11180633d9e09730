using Akka.Persistence;
using Raft.Actors.Model;

namespace Raft.Actors.Snapshots;

/// <summary>
/// Where chunks lie in an Akka.Persistence snapshot store: under a persistence id of their own, the snapshot's number in the
/// upper half of the sequence number and the chunk's place in the lower.
/// </summary>
/// <remarks>
/// The stores of Akka.Persistence.Sql look only at the highest sequence number of a selection and return the newest row at or
/// below it; deletions by selection take everything below, too. So a chunk is asked for by its number as the highest, what
/// comes is held against it, and rows are deleted one by one. All have one timestamp, which is part of a row's identity in some
/// stores.
/// </remarks>
internal sealed class SnapshotKeys(string persistenceId)
{
    private static readonly DateTime Timestamp = DateTime.UnixEpoch;

    public static string PersistenceIdOf(string nodePersistenceId) => $"{nodePersistenceId}/snapshot";

    public static long SequenceNr(long number, int chunk) => (number << 32) | (uint)chunk;

    public static (long Number, int Chunk) Parse(long sequenceNr) => (sequenceNr >> 32, (int)(sequenceNr & int.MaxValue));

    public SaveSnapshot Save(SnapshotChunk chunk) => new(Metadata(SequenceNr(chunk.Number, chunk.Chunk)), chunk);

    public LoadSnapshot Load(long number, int chunk) => LoadAtOrBelow(SequenceNr(number, chunk));

    public LoadSnapshot LoadAtOrBelow(long sequenceNr) =>
        new(persistenceId, new SnapshotSelectionCriteria(sequenceNr, DateTime.MaxValue), sequenceNr);

    public DeleteSnapshot Delete(long number, int chunk) => new(Metadata(SequenceNr(number, chunk)));

    private SnapshotMetadata Metadata(long sequenceNr) => new(persistenceId, sequenceNr, Timestamp);
}
