namespace Raft.Actors.Snapshots;

/// <summary>
/// Where a leader is with a snapshot on its way to a follower: what to send next, what the follower has. One message at first
/// and after a loss, then several ahead of their answers. Answers may be late, doubled, out of order or lost.
/// </summary>
/// <param name="total">How long the snapshot is, in bytes.</param>
/// <param name="maxPiece">One message carries at most this many bytes.</param>
/// <param name="maxInFlight">How many messages may be unanswered.</param>
internal sealed class TransferWindow(long total, int maxPiece, int maxInFlight)
{
    private readonly Queue<(long Sequence, long Offset)> _inFlight = new();
    private long _sequence;
    private long _raisedAt;
    private bool _isProbing = true;

    /// <summary>Up to here the follower has it.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Where the next piece begins.</summary>
    public long Next { get; private set; }

    /// <summary>Whether all was sent; what is sent then only asks.</summary>
    public bool IsAllSent => Next == total;

    /// <summary>Whether a message is unanswered.</summary>
    public bool IsWaiting => _inFlight.Count > 0;

    /// <summary>Whether another piece may be sent.</summary>
    public bool CanSend => !IsAllSent && _inFlight.Count < (_isProbing ? 1 : maxInFlight);

    /// <summary>How long the next piece is, of the bytes that are at hand from <see cref="Next"/> on.</summary>
    public int PieceOf(int atHand) => (int)Math.Min(Math.Min(atHand, maxPiece), total - Next);

    /// <summary>Notes that a piece leaves and returns its sequence.</summary>
    public long Sent(int length)
    {
        _inFlight.Enqueue((++_sequence, Next));
        Next += length;
        return _sequence;
    }

    /// <summary>Why an answer cannot be one of the follower's; null if it can.</summary>
    /// <param name="sequence">The sequence that it repeats.</param>
    /// <param name="offset">Up to where the follower has the snapshot, as it says.</param>
    public string? WhyNot(long sequence, long offset) =>
        sequence <= 0 || sequence > _sequence ? $"it answers piece {sequence}, and {_sequence} were sent"
        : offset < 0 || offset > total ? $"it has {offset} bytes, and the snapshot has {total}"
        : null;

    /// <summary>The follower says how much of the snapshot it has.</summary>
    /// <returns>
    /// Whether it has more than before, or lost what it had and needs it again: in either case there is something to send.
    /// </returns>
    public bool Answered(long sequence, long offset)
    {
        if (WhyNot(sequence, offset) is not null)
        {
            return false;
        }

        if (offset < Acknowledged)
        {
            // An answer to a message that was sent before the rest was acknowledged says nothing new. An answer to a later
            // message says that the follower has begun anew.
            if (sequence <= _raisedAt)
            {
                return false;
            }

            Acknowledged = offset;
            _raisedAt = _sequence;
            Restart();
            return true;
        }

        var sentAt = -1L;
        while (_inFlight.TryPeek(out var oldest) && oldest.Sequence <= sequence)
        {
            sentAt = oldest.Offset;
            _inFlight.Dequeue();
        }

        var rose = offset > Acknowledged;
        if (rose)
        {
            Acknowledged = offset;
            Next = Math.Max(Next, offset);
            _raisedAt = _sequence;
        }

        if (sentAt > offset)
        {
            // It was not the piece that the follower waits for: one before it is missing.
            Restart();
            return true;
        }

        _isProbing = _isProbing && !rose;
        return rose;
    }

    /// <summary>Messages under way count as lost: goes on after what the follower has.</summary>
    public void Lost() => Restart();

    private void Restart()
    {
        _inFlight.Clear();
        _isProbing = true;
        Next = Acknowledged;
    }
}
