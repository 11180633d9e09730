namespace Raft.Actors.Storage.Segments;

/// <summary>
/// A record's body in its two parts, which stand one after the other in the file: what tells how to read the event, and the
/// event itself. Joining them first would be a copy of every command.
/// </summary>
/// <param name="Head">The first bytes.</param>
/// <param name="Event">The rest.</param>
internal readonly record struct EventBody(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Event)
{
    public int Length => Head.Length + Event.Length;
}
