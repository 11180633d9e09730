namespace Raft.Actors.Storage.Files;

/// <summary>A row of the journal as it is stored.</summary>
/// <param name="SequenceNr">Akka.Persistence's number of the event.</param>
/// <param name="Serializer">The number of the Akka serializer that wrote it; null if the row does not say.</param>
/// <param name="Manifest">What kind of event it is said to be.</param>
/// <param name="Bytes">The event.</param>
internal sealed record JournalRow(long SequenceNr, int? Serializer, string Manifest, ReadOnlyMemory<byte> Bytes);
