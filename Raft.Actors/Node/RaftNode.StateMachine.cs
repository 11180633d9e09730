using Raft.Actors.Applying;
using Raft.Actors.Model;

namespace Raft.Actors.Node;

/// <summary>How the node and its state machine's actor work together. The parts are in Machine/.</summary>
public sealed partial class RaftNode
{
    /// <summary>Why this server serves nobody; null where it does.</summary>
    private string? NotServing =>
        _safety.NotServing ?? _founding.InWords ?? _state.Version.NotServing ?? _faults.StoppedInWords ?? _state.NotServing;

    /// <summary>The state machine has applied entries.</summary>
    private void OnApplied(AppliedUpTo applied)
    {
        _state.Advance(applied);
        _configurations.Forget(applied.Index);
        _proposals.Applied(applied.Index, Now);
        _leader?.Intake.AcceptWaiting();
        _snapshots.TakeIfDue();
    }

    /// <summary>The state machine has the state of a snapshot: this server can serve again.</summary>
    private void OnStateRestored(StoredSnapshot snapshot)
    {
        if (!_state.TryCompleteLoad(snapshot))
        {
            return;
        }

        OnApplied(new AppliedUpTo(Math.Max(_state.LastApplied, snapshot.Index), _state.RestoreByHand));

        // What was committed while there was no state. Where the leader's snapshot is taking the log's place, the state comes
        // with that.
        if (snapshot.Index >= _log.BaseIndex)
        {
            _state.HandOut([]);
        }

        _reading.AnswerCommitted();
        _snapshots.Compaction.Compact();
        CampaignWhenAlone();
    }

    /// <summary>
    /// A state machine that has stopped has told those whose commands are committed, and applies none of them: they take no
    /// room.
    /// </summary>
    private void FreeIntake()
    {
        if (_faults.StoppedAt is not null)
        {
            _proposals.Applied(_commitIndex, Now);
        }
    }
}
