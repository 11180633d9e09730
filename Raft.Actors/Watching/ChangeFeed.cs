using Raft.Actors.Model;

namespace Raft.Actors.Watching;

/// <summary>How a look at the feed went.</summary>
public enum FeedState
{
    /// <summary>There may be changes; if there are none, none is there yet.</summary>
    Current,

    /// <summary>What was asked for is not remembered any more, or was never seen here.</summary>
    Forgotten,
}

/// <summary>
/// The last committed changes of this server's keys, in order and without gaps, for watchers (etcd's watch, of a bounded
/// history). It remembers a bounded number of bytes for all of them together. A watcher holds only its place, so a slow one
/// costs no memory: at some point it is too late, and is told so.
/// </summary>
/// <remarks>
/// A state machine whose changes may be watched tells it of each command (<see cref="Applied"/>) and, as an
/// <see cref="StateMachine.IRestoreObserver"/>, of each state that replaced its own (<see cref="Restored"/>). One thread
/// writes, the state machine's; any number of threads read. Make one per server of a group, outside the state machine's
/// factory: it outlives the state machines of a node that starts anew, which tell it again what it knows. Give it to
/// <see cref="Hosting.RaftExtension.Start"/>, which answers <see cref="Protocol.ReadChanges"/> from it.
/// </remarks>
/// <param name="maxBytes">How many bytes of changes it remembers; <c>raft.watch.max-bytes</c>.</param>
public sealed class ChangeFeed(long maxBytes)
{
    private const int MaxTaken = 100;
    private const int MaxLookedAt = 10_000;

    private readonly Lock _lock = new();
    private readonly List<KeyChange> _changes = [];
    private int _first;
    private long _bytes;
    private long _forgotten;
    private long _last;
    private TaskCompletionSource _more = NewSource();

    /// <summary>Everything after this index is remembered.</summary>
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
    /// <param name="prefix">What the keys that are wanted begin with.</param>
    /// <param name="maxBytes">How many bytes of changes are enough; one that is larger is taken alone.</param>
    /// <param name="taken">Where they are put.</param>
    /// <param name="more">Completes when there may be something after <paramref name="next"/>, or something was
    /// forgotten.</param>
    /// <param name="next">From where to go on.</param>
    public FeedState Take(long from, ReadOnlySpan<byte> prefix, int maxBytes, List<KeyChange> taken, out Task more, out long next)
    {
        lock (_lock)
        {
            more = _more.Task;
            next = from;
            if (from <= _forgotten)
            {
                return FeedState.Forgotten;
            }

            var first = Find(from);
            var bytes = 0;
            for (var place = first; place < _changes.Count; place++)
            {
                var change = _changes[place];
                var isWanted = change.Key.Span.StartsWith(prefix);
                if (place - first == MaxLookedAt
                    || taken.Count == MaxTaken
                    || (isWanted && taken.Count > 0 && bytes + change.Size > maxBytes))
                {
                    more = Task.CompletedTask;
                    return FeedState.Current;
                }

                if (isWanted)
                {
                    taken.Add(change);
                    bytes += change.Size;
                }

                next = change.Index + 1;
            }

            next = Math.Max(next, _last + 1);
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
