using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Identity;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>
/// Snapshots of this server's own state (dissertation, chapter 5). The state machine gives the view, the keeper stores it,
/// and the journal's event makes it count. One snapshot at a time is taken or received (<see
/// cref="Snapshotting.Installation"/>).
/// </summary>
internal sealed class LocalSnapshots
{
    private readonly INodeContext _node;
    private readonly OwnState _state;
    private readonly MachineFaults _faults;
    private readonly NodeIdentity _identity;
    private readonly Observing _observing;
    private readonly SnapshotPolicy _policy;
    private readonly List<IActorRef> _awaiting = [];

    // Whether this life of the node has written to the journal; and whether a sweep waits for that.
    private bool _hasWritten;
    private bool _sweepIsDue;

    public LocalSnapshots(INodeContext node, OwnState state, MachineFaults faults, NodeIdentity identity, Observing observing)
    {
        (_node, _state, _faults, _identity, _observing) = (node, state, faults, identity, observing);
        _policy = new SnapshotPolicy(node.Settings.Snapshots, node.Settings.RestartMinBackoff, node.Settings.RestartMaxBackoff);
        Kept = new KeptSnapshots(node);
        Compaction = new Compaction(node, Kept, state);
        Exports = new Exports(node, Kept);
        StateLoading = new StateLoading(node, Kept, state);
        Installation = new Installation(node, this, state, faults, observing);
    }

    /// <summary>The complete snapshots.</summary>
    public KeptSnapshots Kept { get; }

    /// <summary>What of the log may go.</summary>
    public Compaction Compaction { get; }

    /// <summary>Snapshots that somebody copies.</summary>
    public Exports Exports { get; }

    /// <summary>Which snapshot the state comes from.</summary>
    public StateLoading StateLoading { get; }

    /// <summary>Snapshots that a leader sends.</summary>
    public Installation Installation { get; }

    /// <summary>The snapshot that is being taken or received; null where none is.</summary>
    public SnapshotUnderWay? UnderWay { get; private set; }

    /// <summary>Whether the last one failed so short a time ago that another is not tried yet.</summary>
    public bool IsPausing => _policy.IsPausing(_node.Now);

    /// <summary>Whether only a snapshot of the leader can give this server its state back.</summary>
    public bool NeedsLeaders => !_state.IsOnItsWay && UnderWay is null;

    /// <summary>The node has a snapshot store.</summary>
    public void Start(IActorRef store)
    {
        var settings = _node.Settings;
        var props = Props.Create(() => new SnapshotKeeper(settings, store)).On(settings.StateMachineDispatcher);
        Kept.Start(store, _node.Spawn(props, "snapshots"));
        StartTimer();
    }

    /// <summary>The journal is read.</summary>
    public void Begin() => _policy.Begin(Kept.NewestIndex, _node.Now);

    /// <summary>There are other settings.</summary>
    public void ChangeSettings()
    {
        _policy.Settings = _node.Settings.Snapshots;
        StartTimer();
    }

    private void StartTimer()
    {
        if (_node.Settings.Snapshots.AreOn)
        {
            _node.Timers.StartPeriodicTimer(NodeTick.Snapshot, NodeTick.Snapshot, _policy.Tick);
        }
    }

    /// <summary>A client wants a snapshot to be taken.</summary>
    public void OnTakeSnapshot()
    {
        if (WhyNot() is { } reason)
        {
            _node.Tell(_node.Sender, new SnapshotNotTaken(reason));
            return;
        }

        _awaiting.Add(_node.Sender);
        BeginTaking();
    }

    /// <summary>Entries are committed.</summary>
    public void Committed(long bytes) => _policy.Committed(bytes);

    /// <summary>Takes a snapshot if one is due.</summary>
    public void TakeIfDue()
    {
        if (UnderWay is { IsReceived: true, Stored: null } received
            && _node.Now - received.LastPieceAt > _node.Settings.Replication.TransferSilence)
        {
            // Its leader has gone or has thought better of it.
            Abandon("its leader has fallen silent");
        }

        if (WhyNot() is null && (_policy.IsDue(_state.LastApplied, _node.Now) || (Compaction.IsLogFull && !IsPausing)))
        {
            BeginTaking();
        }
    }

    /// <summary>Takes a snapshot, unless something speaks against it.</summary>
    public void TakeIfPossible()
    {
        if (WhyNot() is null)
        {
            BeginTaking();
        }
    }

    private string? WhyNot() =>
        !_node.Settings.Snapshots.AreOn ? "there is no snapshot store; name one by raft.snapshots.plugin"
        : UnderWay is { IsReceived: true } ? "one is being received from the leader"
        : UnderWay is not null ? "one is under way"
        : !_state.HasState ? "the state machine waits for its own state"
        : _faults.StoppedInWords is { } stopped ? stopped
        : _node.Log.Skips.Cover(_state.LastApplied) ? "an entry is being skipped"
        : _state.LastApplied <= Kept.NewestIndex ? "nothing is new since the last one"
        : null;

    private void BeginTaking()
    {
        var number = Begin(first: null);
        _node.WhenDurable(() =>
        {
            if (UnderWay?.Number == number)
            {
                _observing.TellSnapshot(SnapshotActivity.Taking, default, 0, 0, 0);
                _state.Tell(new TakeView(number));
            }
        });
    }

    /// <summary>One is under way now.</summary>
    /// <param name="first">The first message of one that is received; null for one that is taken.</param>
    /// <returns>Its number.</returns>
    public long Begin(InstallSnapshot? first)
    {
        UnderWay = new SnapshotUnderWay(Kept.DrawNumber(), first)
        {
            LastPieceAt = _node.Now,
            Latest = first is null ? null : (first, _node.Sender),
        };
        return UnderWay.Number;
    }

    /// <summary>A piece of the one that is received has come.</summary>
    public void Receive(InstallSnapshot piece) =>
        UnderWay = UnderWay! with { LastPieceAt = _node.Now, Latest = (piece, _node.Sender) };

    /// <summary>The state machine has given a view of its state.</summary>
    public void OnViewTaken(ViewTaken view)
    {
        if (UnderWay?.Number != view.Number)
        {
            view.View.Dispose();
            return;
        }

        if (_node.Log.Skips.Cover(view.Index))
        {
            view.View.Dispose();
            OnFailed(view.Number, "an entry is being skipped");
            return;
        }

        var (index, configuration) = _node.Configurations.At(view.Index);
        _node.Logger.Debug("{0} writes a snapshot of entry {1}", _node.Name, view.Index);
        _node.Tell(Kept.Keeper, new WriteSnapshot(view, configuration, index));
    }

    /// <summary>All of it is in the store; it counts when the journal says so.</summary>
    public void OnStored(StoredSnapshot snapshot)
    {
        if (UnderWay is not { Stored: null } underWay || underWay.Number != snapshot.Number)
        {
            return;
        }

        if (underWay.IsReceived)
        {
            Installation.OnStored(underWay, snapshot);
        }
        else
        {
            Complete(snapshot, discardsLog: false);
        }
    }

    /// <summary>Has the journal say that a snapshot is complete, and so that it counts.</summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="discardsLog">Whether it takes the place of all of the log.</param>
    public void Complete(StoredSnapshot snapshot, bool discardsLog)
    {
        UnderWay = UnderWay! with { Stored = snapshot };

        // The log does not go on after older ones any more where it was discarded.
        ImmutableArray<StoredSnapshot> snapshots =
            [snapshot, .. discardsLog ? [] : Kept.All.Take(_node.Settings.Snapshots.Retain - 1)];
        var completed = new SnapshotCompleted(snapshots, discardsLog, _node.Term, _node.VotedFor)
        {
            Journal = _identity.WrittenJournal,
            Group = _identity.Group,
        };
        if (discardsLog)
        {
            _node.ReplaceLog(completed);
        }
        else
        {
            _node.Persist(completed);
        }

        _node.WhenDurable(() => OnCompleted(snapshots));
        _node.RequestFlush();
    }

    private void OnCompleted(ImmutableArray<StoredSnapshot> snapshots)
    {
        var (underWay, newest, bytes) = (UnderWay!, snapshots[0], snapshots[0].Content.Bytes);
        UnderWay = null;
        Kept.Replace(snapshots);
        _node.Leading?.RenewTransfers();
        var sizeOfRest = _node.Log.SizeOf(Math.Max(newest.Index, _node.Log.BaseIndex) + 1, _node.CommitIndex);
        _policy.Taken(newest.Index, sizeOfRest, _node.Now);
        if (underWay.IsReceived)
        {
            Installation.OnInstalled(newest, underWay);
        }
        else
        {
            _node.Logger.Info("{0} has taken a snapshot of entry {1} ({2} bytes)", _node.Name, newest.Index, bytes);
            _observing.TellSnapshot(SnapshotActivity.Taken, default, newest.Index, bytes, bytes);
        }

        AnswerAwaiting(new SnapshotTaken(newest.Index, newest.Content.Term, bytes));
        Sweep();
        Compaction.Compact();
        TakeIfDue();
        if (_node.Role == RaftRole.Leader)
        {
            _node.RequestFlush();
        }
    }

    /// <summary>The one that was taken or received could not be stored.</summary>
    public void OnFailed(long number, string reason)
    {
        if (UnderWay is not { Stored: null } underWay || underWay.Number != number)
        {
            return;
        }

        _node.Logger.Warning("{0} could not {1} a snapshot: {2}", _node.Name, underWay.IsReceived ? "receive" : "take", reason);
        GiveUp(underWay);
        _policy.Failed(_node.Now);
        AnswerAwaiting(new SnapshotNotTaken(reason));
        Sweep();
    }

    /// <summary>What is being taken or received is not wanted any more.</summary>
    public void Abandon(string reason)
    {
        if (UnderWay is { Stored: null } underWay)
        {
            GiveUp(underWay);
            _node.Tell(Kept.Keeper, new AbandonSnapshot(underWay.Number));
            AnswerAwaiting(new SnapshotNotTaken(reason));
        }
    }

    /// <summary>Nothing comes of it.</summary>
    private void GiveUp(SnapshotUnderWay underWay)
    {
        var first = underWay.First;
        _observing.TellSnapshot(SnapshotActivity.Failed, first?.Header.From ?? default, first?.Content.Index ?? 0, 0, 0);
        UnderWay = null;
    }

    /// <summary>What was received is of no use any more, although all of it is stored.</summary>
    public void Discard() => UnderWay = null;

    /// <summary>Answers the clients that wait for a snapshot.</summary>
    public void AnswerAwaiting(IRaftReply answer)
    {
        foreach (var client in _awaiting)
        {
            _node.Tell(client, answer);
        }

        _awaiting.Clear();
    }

    /// <summary>This life of the node has written to the journal.</summary>
    public void OnJournalWritten()
    {
        _hasWritten = true;
        if (_sweepIsDue)
        {
            Sweep();
        }
    }

    /// <summary>
    /// Removes what is neither kept nor under way nor on its way to a follower nor copied. Not before this life has written
    /// to the journal: until then a write that the life before was told had failed may yet be made (docs/testing.md), and say
    /// of a snapshot that it is complete.
    /// </summary>
    public void Sweep()
    {
        _sweepIsDue = !_hasWritten;
        if (_sweepIsDue)
        {
            return;
        }

        var used = Kept.All.Select(static snapshot => snapshot.Number)
            .Concat(_node.Leading?.SnapshotsOnTheirWay ?? [])
            .Concat(Exports.Numbers);
        used = UnderWay is { } underWay ? used.Append(underWay.Number) : used;
        _node.Tell(Kept.Keeper, new SweepSnapshots([.. used], Kept.HighestNumber));
    }
}
