namespace Raft.Actors.Replication;

/// <summary>
/// Reads on a server that does not lead (dissertation 6.4): they wait for the leader's read index, and then until this server
/// has committed that much. One question is under way for all reads; a read belongs to the first question that is sent after it
/// came. Each answer also says how fresh this server is: it has all that was committed before the question was <b>sent</b>.
/// When the leader answered is not known.
/// </summary>
/// <typeparam name="T">A read.</typeparam>
/// <param name="firstSequence">Where the questions' numbers begin. Each life of a node has another, so that an answer to one
/// life is not taken for an answer to another.</param>
public sealed class FollowerReads<T>(long firstSequence)
{
    // Answers to questions older than this many later ones are of no use.
    private const int Remembered = 16;

    // How many answers may wait for their index to be committed here. A later one takes the last one's place, and says less
    // than it could.
    private const int MaxConfirmed = 64;

    private readonly Queue<(long Sequence, T Read)> _asking = new();
    private readonly Queue<(long Index, T Read)> _committing = new();
    private readonly List<(long Index, TimeSpan SentAt)> _confirmed = [];
    private readonly (long Sequence, TimeSpan SentAt)[] _sent = new (long, TimeSpan)[Remembered];
    private long _wanted = firstSequence;
    private long _asked = firstSequence;
    private long _answered = firstSequence;
    private bool _isLost;

    /// <summary>How many reads wait.</summary>
    public int Count => _asking.Count + _committing.Count;

    /// <summary>This server has all that was committed before this time; null if it does not know of any.</summary>
    public TimeSpan? FreshAsOf { get; private set; }

    /// <summary>Adds a read, which the next question will be for.</summary>
    public void Add(T read)
    {
        Want();
        _asking.Enqueue((_asked + 1, read));
    }

    /// <summary>Wants a question to be asked, so that this server knows how fresh it is.</summary>
    public void Want() => _wanted = _asked + 1;

    /// <summary>Whether a question should be sent now: one is wanted, and none is under way or has been for too long.</summary>
    public bool IsDue(TimeSpan now, TimeSpan patience) =>
        _wanted > _answered && (_asked == _answered || _isLost || now - _sent[_asked % Remembered].SentAt >= patience);

    /// <summary>What was asked will not be answered: another server leads.</summary>
    public void Lose() => _isLost = true;

    /// <summary>A question is sent now; returns its number.</summary>
    public long Ask(TimeSpan now)
    {
        _asked++;
        _sent[_asked % Remembered] = (_asked, now);
        _isLost = false;
        return _asked;
    }

    /// <summary>The leader answered a question; an answer may be late, or come twice.</summary>
    public void Answer(long sequence, long index)
    {
        if (sequence <= _answered || sequence > _asked || _sent[sequence % Remembered] is var sent && sent.Sequence != sequence)
        {
            return;
        }

        _answered = sequence;
        if (_confirmed.Count > 0)
        {
            // Another leader may have confirmed more. Waiting for that too keeps the order, and is always safe.
            index = Math.Max(index, _confirmed[^1].Index);
        }

        if (_confirmed.Count == MaxConfirmed)
        {
            _confirmed.RemoveAt(MaxConfirmed - 1);
        }

        _confirmed.Add((index, sent.SentAt));
        while (_asking.TryPeek(out var first) && first.Sequence <= sequence)
        {
            _committing.Enqueue((index, _asking.Dequeue().Read));
        }
    }

    /// <summary>
    /// This server has committed up to an index: takes the reads that it can answer now, in the order in which they came.
    /// </summary>
    public IReadOnlyList<T> Committed(long commitIndex)
    {
        var reached = _confirmed.FindLastIndex(confirmed => confirmed.Index <= commitIndex);
        if (reached >= 0)
        {
            FreshAsOf = _confirmed[reached].SentAt;
            _confirmed.RemoveRange(0, reached + 1);
        }

        if (_committing.Count == 0)
        {
            return [];
        }

        var taken = new List<T>();
        while (_committing.TryPeek(out var first) && first.Index <= commitIndex)
        {
            taken.Add(_committing.Dequeue().Read);
        }

        return taken;
    }

    /// <summary>Takes the reads that have waited too long.</summary>
    public IReadOnlyList<T> TakeWhere(Func<T, bool> isOver)
    {
        var taken = new List<T>();
        Sift(_committing, static waiting => waiting.Read, isOver, taken);
        Sift(_asking, static waiting => waiting.Read, isOver, taken);
        return taken;
    }

    private static void Sift<TWaiting>(Queue<TWaiting> queue, Func<TWaiting, T> readOf, Func<T, bool> isOver, List<T> taken)
    {
        for (var count = queue.Count; count > 0; count--)
        {
            var waiting = queue.Dequeue();
            if (isOver(readOf(waiting)))
            {
                taken.Add(readOf(waiting));
            }
            else
            {
                queue.Enqueue(waiting);
            }
        }
    }
}
