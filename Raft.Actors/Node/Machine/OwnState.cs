using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Machine;

/// <summary>
/// The state that this server's state machine has: up to where it was given the log, how far it has come, and the snapshot that
/// it reads a state from. A server without a state has its log and its votes, but can serve nobody.
/// </summary>
internal sealed class OwnState(INodeContext node, VersionSupport version)
{
    private IActorRef _machine = ActorRefs.Nobody;
    private bool _hasAskedVersion;

    // The snapshot whose state the state machine does not support.
    private (StoredSnapshot Snapshot, bool LibraryOnly)? _withheld;

    /// <summary>Which version of the commands it supports.</summary>
    public VersionSupport Version => version;

    /// <summary>False while the state machine is to have the state of a snapshot and does not have it yet.</summary>
    public bool HasState { get; private set; } = true;

    /// <summary>The snapshot that the state machine is reading; null where it reads none.</summary>
    public StoredSnapshot? Loading { get; private set; }

    /// <summary>The last entry that the state machine has applied.</summary>
    public long LastApplied { get; private set; }

    /// <summary>The restore by hand that is under way where the state machine is; null where none is.</summary>
    public RestoreStatus? RestoreByHand { get; private set; }

    /// <summary>Up to where the state machine was given the log, whether it has come so far or not.</summary>
    public long HandedOut { get; private set; }

    /// <summary>Whether committed entries are not applied, because it is not known yet whether one of them is skipped.</summary>
    public bool IsHeldBack => node.Log.Skips.Limit(node.CommitIndex) < node.CommitIndex;

    /// <summary>Whether the state will be as far as the log without a snapshot of the leader.</summary>
    public bool IsOnItsWay => HasState || Loading is not null || version.IsExceeded;

    /// <summary>Why nobody is served from this state; null where somebody may be.</summary>
    public string? NotServing =>
        HasState && IsHeldBack ? "it waits to learn whether an entry that it has not applied is skipped"
        : HasState ? null
        : Loading is { } snapshot ? $"it still reads its state from the snapshot of entry {snapshot.Index}"
        : "it has no state, for its snapshot cannot be read or holds what the group skips; it waits for a snapshot of the leader";

    /// <summary>The node has started its state machine's actor.</summary>
    public void Start(IActorRef machine) => _machine = machine;

    /// <summary>Whether an actor is the state machine's.</summary>
    public bool Is(IActorRef actor) => actor.Equals(_machine);

    /// <summary>Tells the state machine something.</summary>
    public void Tell(object message) => node.Tell(_machine, message);

    /// <summary>Has a query answered, once all that was handed out is applied.</summary>
    public void Answer(object query, IActorRef client) => Tell(RunQueries.One(query, client));

    /// <summary>
    /// Has a read of bounded staleness answered. False, and nothing happens, where this server is too far behind or does not
    /// know.
    /// </summary>
    public bool TryAnswerBounded(PendingRead read, TimeSpan? staleness)
    {
        if (staleness is not { } known || known > read.MaxStaleness)
        {
            return false;
        }

        Tell(RunQueries.One(read.Query!, read.Client, known));
        return true;
    }

    /// <summary>The state machine has come further.</summary>
    public void Advance(AppliedUpTo applied) => (LastApplied, RestoreByHand) = (applied.Index, applied.Restore);

    /// <summary>
    /// Hands the state machine what is committed, as far as it is known what of it is to be applied, and supported.
    /// </summary>
    /// <param name="replies">Who waits for which entry.</param>
    public void HandOut(ImmutableArray<PendingReply> replies)
    {
        if (HasState || Loading is not null)
        {
            var skips = node.Log.Skips;
            var limit = version.LimitOf(skips.Limit(node.CommitIndex));
            HandedOut = Math.Max(HandedOut, limit);
            Tell(new ApplyCommitted(node.Log.View, limit, replies) { Skips = skips.Committed(node.CommitIndex) });
        }
    }

    /// <summary>
    /// The state machine gets the state of a snapshot. Reads that wait here are refused: nobody knows how long it takes.
    /// </summary>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="libraryOnly">
    /// Whether only the library's own part of it is read, as the state machine keeps its state itself.
    /// </param>
    public void Load(StoredSnapshot snapshot, bool libraryOnly)
    {
        HasState = false;
        Loading = snapshot;
        node.RefuseFollowerReads(new Unavailable(node.NotServing!));
        if (version.Supports(snapshot))
        {
            Tell(new RestoreState(snapshot, libraryOnly));
        }
        else
        {
            (Loading, _withheld) = (null, (snapshot, libraryOnly));
        }
    }

    /// <summary>
    /// The state machine has the state of a snapshot. False where that is not the one that it was told to read last.
    /// </summary>
    public bool TryCompleteLoad(StoredSnapshot snapshot)
    {
        if (Loading != snapshot)
        {
            return false;
        }

        node.Logger.Info("{0} has the state of the snapshot of entry {1}", node.Name, snapshot.Index);
        Loading = null;
        HasState = true;
        HandedOut = Math.Max(HandedOut, snapshot.Index);
        return true;
    }

    /// <summary>
    /// The state machine could not read a snapshot. False where that is not the one that it was told to read last.
    /// </summary>
    public bool TryFailLoad(StoredSnapshot snapshot)
    {
        if (Loading != snapshot)
        {
            return false;
        }

        Loading = null;
        return true;
    }

    /// <summary>There is nothing to make a state from.</summary>
    public void Lack() => HasState = false;

    /// <summary>
    /// Another configuration is in force. Where the state machine is not known to support its version, it is asked.
    /// </summary>
    public void CheckVersion()
    {
        if (version.IsExceeded && !_hasAskedVersion)
        {
            // What waits here would be answered from a state that stands still.
            node.RefuseFollowerReads(new Unavailable(version.ExceededInWords));
            Tell(TellVersion.Instance);
        }

        _hasAskedVersion = version.IsExceeded;
    }

    /// <summary>The state machine says which version it supports. It was made later than the journal was read.</summary>
    /// <returns>Whether the state goes on from here, after it had stood still.</returns>
    public bool LearnVersion(int supported)
    {
        var wasExceeded = version.IsExceeded;
        version.Learn(supported);
        if (version.IsExceeded)
        {
            node.Logger.Error("{0} applies nothing and serves nobody: {1}", node.Name, version.ExceededInWords);
            return false;
        }

        if (!wasExceeded)
        {
            return false;
        }

        _hasAskedVersion = false;
        if (_withheld is var (snapshot, libraryOnly))
        {
            _withheld = null;
            Load(snapshot, libraryOnly);
        }
        else
        {
            HandOut([]);
        }

        return true;
    }
}
