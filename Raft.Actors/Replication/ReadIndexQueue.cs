using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Replication;

/// <summary>
/// Requests that wait for the leader to be confirmed (read index, dissertation 6.4). Each belongs to the first round of
/// heartbeats that begins after it came; when a quorum has answered that round, the leader was still the leader after the
/// request came, so that its commit index of that moment is fresh enough. All that wait share a round.
/// </summary>
/// <typeparam name="T">A request.</typeparam>
public sealed class ReadIndexQueue<T>(ServerId self)
{
    private readonly Queue<(long Round, T Request)> _waiting = new();
    private readonly Dictionary<ServerId, long> _answered = [];
    private long _requested;

    /// <summary>How many requests wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>The latest round that was begun.</summary>
    public long Round { get; private set; }

    /// <summary>Whether a request waits for a round that has not begun.</summary>
    public bool NeedsRound => _requested > Round;

    /// <summary>Adds a request, which the next round to begin will confirm.</summary>
    public void Add(T request)
    {
        _requested = Round + 1;
        _waiting.Enqueue((_requested, request));
    }

    /// <summary>Begins a round and returns its number, which its heartbeats carry.</summary>
    public long Begin() => ++Round;

    /// <summary>A server answered a round, and with it every round before.</summary>
    public void Answer(ServerId server, long round)
    {
        if (round > _answered.GetValueOrDefault(server))
        {
            _answered[server] = round;
        }
    }

    /// <summary>Whether a majority of the voters has answered the latest round, so that the next may begin.</summary>
    public bool IsConfirmed(ImmutableArray<ServerId> voters) => ConfirmedRound(voters) >= Round;

    /// <summary>Takes the requests that a majority of the voters has confirmed, in the order in which they came.</summary>
    public IReadOnlyList<T> TakeConfirmed(ImmutableArray<ServerId> voters)
    {
        if (_waiting.Count == 0)
        {
            return [];
        }

        var confirmed = ConfirmedRound(voters);
        var taken = new List<T>();
        while (_waiting.TryPeek(out var first) && first.Round <= confirmed)
        {
            taken.Add(_waiting.Dequeue().Request);
        }

        return taken;
    }

    /// <summary>Takes the requests that have waited too long.</summary>
    public IReadOnlyList<T> TakeWhere(Func<T, bool> isOver)
    {
        var taken = new List<T>();
        for (var count = _waiting.Count; count > 0; count--)
        {
            var waiting = _waiting.Dequeue();
            if (isOver(waiting.Request))
            {
                taken.Add(waiting.Request);
            }
            else
            {
                _waiting.Enqueue(waiting);
            }
        }

        return taken;
    }

    /// <summary>Takes all requests, confirmed or not, as when leadership is lost.</summary>
    public IReadOnlyList<T> TakeAll()
    {
        T[] all = [.. _waiting.Select(static waiting => waiting.Request)];
        _waiting.Clear();
        return all;
    }

    private long ConfirmedRound(ImmutableArray<ServerId> voters)
    {
        if (voters.IsEmpty)
        {
            return 0;
        }

        Span<long> rounds = stackalloc long[voters.Length];
        for (var i = 0; i < rounds.Length; i++)
        {
            rounds[i] = voters[i] == self ? Round : _answered.GetValueOrDefault(voters[i]);
        }

        return Quorum.ReachedBy(rounds);
    }
}
