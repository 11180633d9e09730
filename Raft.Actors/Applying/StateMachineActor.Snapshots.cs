using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Sessions;
using Raft.Actors.Snapshots;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Applying;

/// <summary>Where a state machine finds the chunks that it restores.</summary>
/// <param name="Store">The snapshot store plugin; <c>ActorRefs.Nobody</c> if there is none.</param>
/// <param name="Keys">Their keys.</param>
/// <param name="MinBackoff">How long it waits before it asks a store again that could not be reached; doubled each
/// time.</param>
/// <param name="MaxBackoff">The longest such wait.</param>
/// <param name="Seed">For the backoff's randomness.</param>
internal sealed record SnapshotSource(IActorRef Store, SnapshotKeys Keys, TimeSpan MinBackoff, TimeSpan MaxBackoff, int Seed);

/// <summary>How the state goes into a snapshot and comes out of one.</summary>
internal sealed partial class StateMachineActor
{
    private readonly Random _random = new(snapshots.Seed);
    private readonly List<ApplyCommitted> _held = [];
    private StateRestoration? _restoration;
    private StateReplacement _replacement = new();

    /// <summary>From the order to restore until a restore has succeeded, nothing is applied and no query answered.</summary>
    private bool _isWaitingForState;

    protected override void PostStop() => _restoration?.End();

    private void OnTakeView(TakeView take)
    {
        if (_fault is not null || _isWaitingForState)
        {
            Context.Parent.Tell(new SnapshotFailed(take.Number, "the state machine has no state that could be trusted"));
            return;
        }

        try
        {
            var view = _stateMachine.TakeSnapshot();
            Context.Parent.Tell(new ViewTaken(
                take.Number, _lastApplied, _lastAppliedTerm, SessionBlocks.Write(_sessions), _replacement.Write(), view));
        }
        catch (Exception thrown)
        {
            Context.Parent.Tell(new SnapshotFailed(take.Number, $"the state machine gave no view: {thrown.Message}"));
        }
    }

    private void OnCheck(CheckReplacement check)
    {
        var isWhole = false;
        var answer = _fault is not null || _isWaitingForState
            ? new Unavailable("the state machine has no state that could be trusted")
            : _replacement.Check(check.RestoreId, _stateMachine.BeginRestore, out isWhole);
        Context.Parent.Tell(new ReplacementChecked(check.RestoreId, answer, isWhole));
    }

    /// <summary>Replaces the state at an entry's place in the log; false if that fails, and with it this replica.</summary>
    private bool TryReplace(LogEntry entry, out IRaftReply? answer)
    {
        try
        {
            answer = _replacement.Complete(entry, _stateMachine.BeginRestore);
            if (answer is SnapshotRestored restored && restored.Index == entry.Index)
            {
                (_stateMachine as IRestoreObserver)?.OnRestored(entry.Index);
            }

            return true;
        }
        catch (Exception thrown)
        {
            answer = null;
            Fault(entry.Index, entry.Term, entry.Index, thrown);
            return false;
        }
    }

    /// <summary>
    /// The latest order counts: the log goes on after a snapshot that a leader sent while an older one was being read.
    /// </summary>
    private void OnRestore(RestoreState restore)
    {
        _restoration?.End();
        _restoration = new StateRestoration(
            restore, SessionBlocks.BeginRestore(codec, sessions => _sessions = sessions), _stateMachine.BeginRestore);
        _isWaitingForState = true;
        LoadNextChunk();
    }

    private void LoadNextChunk()
    {
        if (_restoration is { } restoration)
        {
            snapshots.Store.Tell(snapshots.Keys.Load(restoration.Snapshot.Number, restoration.NextChunk), Self);
        }
    }

    private void OnChunk(LoadSnapshotResult loaded)
    {
        // The answer of an order that another has replaced.
        if (_restoration is not { } restoration
            || loaded.ToSequenceNr != SnapshotKeys.SequenceNr(restoration.Snapshot.Number, restoration.NextChunk))
        {
            return;
        }

        bool isDone;
        try
        {
            isDone = restoration.Take(loaded);
        }
        catch (Exception thrown)
        {
            // The user's restore runs here too; whoever threw, this snapshot cannot be had, and the state is as it was.
            FailRestore(restoration, thrown.Message);
            return;
        }

        if (!isDone)
        {
            LoadNextChunk();
            return;
        }

        _replacement = restoration.Replacement;
        _lastApplied = restoration.Snapshot.Content.Index;
        _lastAppliedTerm = restoration.Snapshot.Content.Term;
        _version = restoration.Snapshot.Content.Configuration.StateMachineVersion;
        EndRestoration();
        _isWaitingForState = false;
        ShowRestored(restoration);
        Context.Parent.Tell(new StateRestored(restoration.Snapshot));
        foreach (var committed in _held)
        {
            OnCommitted(committed);
        }

        _held.Clear();
    }

    private void ShowRestored(StateRestoration restoration)
    {
        try
        {
            if (!restoration.IsLibraryOnly)
            {
                (_stateMachine as IRestoreObserver)?.OnRestored(restoration.Snapshot.Content.Index);
            }
        }
        catch (Exception thrown)
        {
            Fault(_lastApplied, _lastAppliedTerm, _lastApplied, thrown);
        }
    }

    private void OnChunkFailed(LoadSnapshotFailed failed)
    {
        if (_restoration is not { } restoration)
        {
            return;
        }

        if (ChunkReader.IsDamage(failed.Cause))
        {
            FailRestore(restoration, failed.Cause.Message);
            return;
        }

        // The store cannot be reached just now. There is no sense in giving up: a snapshot of the leader would need it as well.
        restoration.LoadFailures++;
        Timers.StartSingleTimer(
            Tick.Load,
            Tick.Load,
            Backoff.Exponential(snapshots.MinBackoff, snapshots.MaxBackoff, restoration.LoadFailures, _random));
    }

    /// <summary>
    /// The node sends again, with the next state, what is committed meanwhile. The clients that wait for it are told here.
    /// </summary>
    private void FailRestore(StateRestoration restoration, string reason)
    {
        EndRestoration();
        foreach (var pending in _held.SelectMany(static committed => committed.Replies))
        {
            pending.Client.Tell(new StateMachineFailed(pending.Index, reason, Outcome.Unknown));
        }

        _held.Clear();
        Context.Parent.Tell(new RestoreFailed(restoration.Snapshot, reason));
    }

    private void EndRestoration()
    {
        _restoration?.End();
        _restoration = null;
        Timers.Cancel(Tick.Load);
    }

    private void Hold(ApplyCommitted committed)
    {
        if (_restoration is not null)
        {
            _held.Add(committed);
            return;
        }

        foreach (var pending in committed.Replies)
        {
            pending.Client.Tell(new StateMachineFailed(pending.Index, "the state is lost", Outcome.Unknown));
        }
    }

    private enum Tick
    {
        Load,
    }
}
