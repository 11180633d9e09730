using Akka.Actor;
using Raft.Actors.Applying;
using Raft.Actors.Dispatch;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Node.Supervision;

/// <summary>
/// What a supervisor knows of its node through all its lives: whether it serves, why not, how long the next life waits, and
/// what is told to whoever asks meanwhile.
/// </summary>
internal sealed class NodeCondition
{
    private NodeFailed? _failure;
    private TimeSpan _startedAt;
    private int _failures;

    /// <summary>Whether the node has read its journal, and takes requests.</summary>
    public bool HasRecovered { get; private set; }

    /// <summary>Whether no other life follows in this process.</summary>
    public bool IsDownForGood { get; private set; }

    /// <summary>Why it does not serve, or did not the last time.</summary>
    public string Reason { get; private set; } = "it reads its journal";

    /// <summary>The entries at which a state machine threw last; null if none threw.</summary>
    public FailedEntries? FailedBefore { get; private set; }

    /// <summary>What a client is told whose request has not been begun.</summary>
    public RaftFailure NotDone => new Unavailable(Reason) { OnlyRestartHelps = IsDownForGood };

    /// <summary>A life begins.</summary>
    /// <param name="now">The time, on a clock that never goes back.</param>
    public void Started(TimeSpan now)
    {
        _startedAt = now;
        _failure = null;
    }

    /// <summary>The node has read its journal.</summary>
    public void Recovered() => HasRecovered = true;

    /// <summary>The node says why it is about to stop.</summary>
    public void Failed(NodeFailed failed)
    {
        HasRecovered = false;
        _failure = failed;
        FailedBefore = failed.Entries ?? FailedBefore;
        Reason = failed.Reason;
    }

    /// <summary>The node threw.</summary>
    public void Threw(Exception thrown)
    {
        // What could not even be made is most often the user's state machine, whose reason lies below Akka's.
        Reason = thrown is ActorInitializationException
            ? $"{thrown.Message}: {thrown.GetBaseException().Message}"
            : thrown.Message;
    }

    /// <summary>A life is over.</summary>
    public void Stopped() => HasRecovered = false;

    /// <summary>No other life can follow.</summary>
    /// <param name="reason">Why.</param>
    public void EndForGood(string reason)
    {
        IsDownForGood = true;
        HasRecovered = false;
        Reason = reason;
    }

    /// <summary>
    /// How long the next life waits. It grows from life to life, except after a long one and after one that ended by its own
    /// decision. To be asked once for each life.
    /// </summary>
    /// <param name="now">The time, on the clock of <see cref="Started"/>.</param>
    /// <param name="settings">Its bounds; a life that outlasts the longest pause is a long one.</param>
    /// <param name="random">Makes nodes that failed together come back one after the other.</param>
    public TimeSpan PauseBeforeRestart(TimeSpan now, RaftSettings settings, Random random)
    {
        var isFirst = _failure is { IsWanted: true } || now - _startedAt > settings.RestartMaxBackoff;
        _failures = isFirst ? 1 : _failures + 1;
        return Backoff.Exponential(settings.RestartMinBackoff, settings.RestartMaxBackoff, _failures, random);
    }

    /// <summary>What a client is told whose entry was committed, and may or may not have been applied.</summary>
    /// <param name="index">The entry.</param>
    public RaftFailure OpenOutcome(long index) => _failure?.OpenOutcome(index) ?? new ShuttingDown(Outcome.Unknown);
}
