using Raft.Actors.Log;
using Raft.Actors.Model;

namespace Raft.Actors.Replication;

/// <summary>
/// How far a leader is with one follower: what to send next, what is under way, what is known to match (etcd-raft's progress).
/// Answers may be late, doubled, out of order or lost. None of that makes it claim too much: only what a follower says of its
/// own log raises a match index.
/// </summary>
public sealed class Progress
{
    private readonly int _maxInFlight;
    private readonly Queue<Message> _inFlight = new();
    private long _sequence;
    private long _firstValid;
    private long _lastSent;

    /// <summary>Begins to probe a follower of which nothing is known.</summary>
    /// <param name="nextIndex">Where to begin; a leader begins after its last entry.</param>
    /// <param name="maxInFlight">How many messages may be unanswered while the logs agree.</param>
    public Progress(long nextIndex, int maxInFlight)
    {
        NextIndex = nextIndex;
        _maxInFlight = maxInFlight;
    }

    /// <summary>How entries are sent.</summary>
    public ProgressState State { get; private set; } = ProgressState.Probe;

    /// <summary>The next entry to send.</summary>
    public long NextIndex { get; private set; }

    /// <summary>Up to here the follower's log is durable and equal to the leader's.</summary>
    public long MatchIndex { get; private set; }

    /// <summary>Whether another message may be sent: while probing, one at a time.</summary>
    public bool CanSend => State != ProgressState.Snapshot && _inFlight.Count < (State == ProgressState.Probe ? 1 : _maxInFlight);

    /// <summary>When the oldest unanswered message was sent; null while none is.</summary>
    public TimeSpan? OldestSentAt => _inFlight.TryPeek(out var oldest) ? oldest.SentAt : null;

    /// <summary>Notes that a message leaves and returns its sequence.</summary>
    /// <param name="lastIndex">The last index of the message; the previous index if it has no entries.</param>
    /// <param name="now">The clock.</param>
    public long Sent(long lastIndex, TimeSpan now)
    {
        _sequence++;
        _lastSent = Math.Max(_lastSent, lastIndex);
        _inFlight.Enqueue(new Message(_sequence, NextIndex - 1, MatchIndex, now));
        if (State == ProgressState.Replicate)
        {
            NextIndex = lastIndex + 1;
        }

        return _sequence;
    }

    /// <summary>
    /// Why an answer cannot be one of the follower's; null if it can. It answers what was sent, and confirms no more.
    /// </summary>
    /// <param name="sequence">The sequence that it repeats.</param>
    /// <param name="matchIndex">What it confirms; 0 if it confirms nothing.</param>
    public string? WhyNot(long sequence, long matchIndex) =>
        sequence <= 0 || sequence > _sequence ? $"it answers message {sequence}, and {_sequence} were sent"
        : matchIndex < 0 || matchIndex > _lastSent
            ? $"it confirms entries up to {matchIndex}, and those up to {_lastSent} were sent"
        : null;

    /// <summary>The follower holds the leader's log up to an index. Ask <see cref="WhyNot"/> first.</summary>
    /// <returns>Whether the match index rose.</returns>
    public bool Succeeded(long sequence, long matchIndex)
    {
        if (sequence < _firstValid)
        {
            return false;
        }

        while (_inFlight.TryPeek(out var oldest) && oldest.Sequence <= sequence)
        {
            _inFlight.Dequeue();
        }

        var rose = matchIndex > MatchIndex;
        MatchIndex = Math.Max(MatchIndex, matchIndex);
        NextIndex = Math.Max(NextIndex, MatchIndex + 1);
        if (State == ProgressState.Probe && _inFlight.Count == 0)
        {
            State = ProgressState.Replicate;
        }

        return rose;
    }

    /// <summary>
    /// The follower's log does not match. Messages that were sent after the rejected one will be rejected too; their
    /// answers are of no interest any more.
    /// </summary>
    public Rejection Rejected(long sequence, LogView log, long conflictTerm, long conflictIndex)
    {
        foreach (var message in _inFlight)
        {
            if (message.Sequence != sequence)
            {
                continue;
            }

            // Before this message was sent, the follower had confirmed the place at which it now finds no match.
            var hasLost = message.PrevLogIndex <= message.MatchIndex;
            if (hasLost)
            {
                MatchIndex = 0;
                _firstValid = _sequence + 1;
            }

            var next = LogMatching.NextIndexAfterConflict(log, message.PrevLogIndex, conflictTerm, conflictIndex);
            Probe(Math.Max(next, MatchIndex + 1));
            return hasLost ? Rejection.EntriesLost : Rejection.Conflict;
        }

        return Rejection.Stale;
    }

    /// <summary>No entries any more: the follower needs a snapshot first.</summary>
    public void NeedsSnapshot()
    {
        State = ProgressState.Snapshot;
        _inFlight.Clear();
    }

    /// <summary>The follower has installed a snapshot, durably; whether its log goes on from there is not known yet.</summary>
    /// <returns>Whether the match index rose.</returns>
    public bool SnapshotInstalled(long index)
    {
        var rose = index > MatchIndex;
        MatchIndex = Math.Max(MatchIndex, index);
        if (State == ProgressState.Snapshot)
        {
            Probe(MatchIndex + 1);
        }

        return rose;
    }

    /// <summary>The follower did not get its snapshot: looks again what it has.</summary>
    public void SnapshotAborted()
    {
        if (State == ProgressState.Snapshot)
        {
            Probe(MatchIndex + 1);
        }
    }

    /// <summary>What is on its way counts as lost: probes again from the last index that is known to match.</summary>
    public void Lost() => Probe(MatchIndex + 1);

    /// <summary>
    /// The follower has another journal than the one that is known. Nothing counts any more, not even answers under way.
    /// </summary>
    /// <param name="nextIndex">Where to begin to probe it.</param>
    public void Forget(long nextIndex)
    {
        MatchIndex = 0;
        _firstValid = _sequence + 1;
        Probe(nextIndex);
    }

    private void Probe(long nextIndex)
    {
        State = ProgressState.Probe;
        NextIndex = nextIndex;
        _inFlight.Clear();
    }

    private readonly record struct Message(long Sequence, long PrevLogIndex, long MatchIndex, TimeSpan SentAt);
}

/// <summary>What a follower's mismatch means.</summary>
public enum Rejection : byte
{
    /// <summary>It answers a message that counts no more.</summary>
    Stale = 0,

    /// <summary>The logs differ there: the leader probes further back.</summary>
    Conflict = 1,

    /// <summary>
    /// The follower had confirmed that place and no longer holds it: its disk was replaced or lied. The leader counts nothing
    /// of it and fills it up from the beginning.
    /// </summary>
    EntriesLost = 2,
}
