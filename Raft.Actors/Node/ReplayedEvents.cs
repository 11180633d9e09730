namespace Raft.Actors.Node;

/// <summary>The events of the journal, as they are read when a node starts.</summary>
/// <param name="name">The node's name.</param>
internal sealed class ReplayedEvents(string name)
{
    private long _latest;

    /// <summary>The sequence number of the first event; 0 where there is none. Above 1 the events before were deleted.</summary>
    public long First { get; private set; }

    /// <summary>An event is read. Akka passes over a row that is missing without a word; a log with a hole in it must not be believed.</summary>
    /// <exception cref="InvalidOperationException">The journal lacks the event before this one.</exception>
    public void Add(long sequenceNr)
    {
        if (_latest > 0 && sequenceNr != _latest + 1)
        {
            throw new InvalidOperationException(
                $"the journal of {name} lacks the events {_latest + 1} to {sequenceNr - 1}: "
                + "restore the journal, or remove this server's data and let it join anew");
        }

        First = _latest == 0 ? sequenceNr : First;
        _latest = sequenceNr;
    }
}
