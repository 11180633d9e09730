namespace Raft.Host.KeyValue;

/// <summary>A change of one key, as it was committed.</summary>
/// <param name="Index">The index of the command that made it.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value that was set; null where the key was removed.</param>
internal sealed record KeyChange(long Index, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte>? Value)
{
    public int Size => 64 + Key.Length + (Value?.Length ?? 0);
}

/// <summary>How a look at the feed went.</summary>
internal enum FeedState
{
    /// <summary>There may be changes; if there are none, none is there yet.</summary>
    Current,

    /// <summary>What was asked for is not remembered any more, or was never seen here.</summary>
    Forgotten,
}

/// <summary>
/// The last committed changes of this server's keys, in order and without gaps, for those who watch. It remembers a bounded number of bytes for all of them together;
/// a watcher holds its place and nothing else, so that a slow one costs no memory: it is too late one day, and is told so.
/// </summary>
/// <remarks>One thread writes, the state machine's; any number reads. It outlives the state machines of a node that starts anew, which tell it again what it knows.</remarks>
internal sealed class ChangeFeed(long maxBytes = ChangeFeed.DefaultMaxBytes)
{
    public const long DefaultMaxBytes = 16 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly List<KeyChange> _changes = [];
    private int _first;
    private long _bytes;
    private long _forgotten;
    private long _last;
    private TaskCompletionSource _more = NewSource();

    /// <summary>Everything behind this index is remembered.</summary>
    public long Forgotten
    {
        get
        {
            lock (_lock)
            {
                return _forgotten;
            }
        }
    }

    /// <summary>Up to this index everything has been seen.</summary>
    public long Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>The state machine has applied a command; with a change, or without one.</summary>
    public void Applied(long index, KeyChange? change)
    {
        lock (_lock)
        {
            if (index <= _last)
            {
                // A state machine that begins anew.
                return;
            }

            _last = index;
            if (change is null)
            {
                return;
            }

            _changes.Add(change);
            _bytes += change.Size;
            while (_bytes > maxBytes && _first < _changes.Count)
            {
                Forget();
            }

            Wake();
        }
    }

    /// <summary>The state was replaced by that of an index: what led to it was not seen here, unless all of it was.</summary>
    public void Restored(long index)
    {
        lock (_lock)
        {
            if (index <= _last)
            {
                return;
            }

            _changes.Clear();
            (_first, _bytes, _last, _forgotten) = (0, 0, index, index);
            Wake();
        }
    }

    /// <summary>Takes changes from an index on, some at a time.</summary>
    /// <param name="from">The lowest index that is wanted.</param>
    /// <param name="taken">Where they are put.</param>
    /// <param name="more">Completes when there is something new, or something was forgotten.</param>
    /// <param name="next">From where to go on.</param>
    public FeedState Take(long from, List<KeyChange> taken, out Task more, out long next)
    {
        const int AtOnce = 100;
        lock (_lock)
        {
            more = _more.Task;
            next = from;
            if (from <= _forgotten)
            {
                return FeedState.Forgotten;
            }

            for (var place = Find(from); place < _changes.Count && taken.Count < AtOnce; place++)
            {
                taken.Add(_changes[place]);
                next = _changes[place].Index + 1;
            }

            return FeedState.Current;
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int Find(long from)
    {
        var (low, high) = (_first, _changes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _changes[middle].Index < from ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private void Forget()
    {
        _bytes -= _changes[_first].Size;
        _forgotten = _changes[_first].Index;
        _changes[_first++] = null!;
        if (_first > 1024 && _first > _changes.Count / 2)
        {
            _changes.RemoveRange(0, _first);
            _first = 0;
        }
    }

    private void Wake()
    {
        var woken = _more;
        _more = NewSource();
        woken.SetResult();
    }
}
