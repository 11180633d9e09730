using Akka.Actor;
using Akka.Event;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node.Snapshotting;

/// <summary>
/// InstallSnapshot at its receiver (dissertation, figure 5.3). A leader sends its snapshot to a follower that needs entries
/// that the leader's log no longer has. The follower stores the pieces as they come (<see cref="OnInstallSnapshot"/>). Once
/// all of it is stored (<see cref="OnStored"/>) one event of the journal makes it the follower's own (<see
/// cref="OnInstalled"/>). Before that event everything is as it was.
/// </summary>
internal sealed class Installation(
    INodeContext node, LocalSnapshots snapshots, OwnState state, MachineFaults faults, Observing observing)
{
    /// <summary>A piece of a snapshot, of the leader that this server follows.</summary>
    public void OnInstallSnapshot(InstallSnapshot install)
    {
        if (Holds(install.Content))
        {
            ConfirmInstalled(install, node.Sender);
        }
        else if (WhyNot(install.Content) is not null)
        {
            Refuse(install, node.Sender);
        }
        else if (snapshots.UnderWay is { First: { } first } receiving
            && (first.Header.From, first.Header.Term) == (install.Header.From, install.Header.Term)
            && first.Content == install.Content)
        {
            Receive(receiving, install);
        }
        else if (snapshots.UnderWay is { Stored: not null } || snapshots.IsPausing)
        {
            // The one that has just been stored is on its way to the journal, or the store has failed: it is sent again.
            return;
        }
        else if (install.Offset > 0)
        {
            Answer(node.Sender, install, InstallStatus.Receiving, 0);
        }
        else
        {
            BeginReceiving(install);
        }
    }

    /// <summary>Whether this server has, or is about to have, all that is in a snapshot, without being sent it.</summary>
    private bool Holds(SnapshotDescriptor content) =>
        state.IsOnItsWay && (content.Index <= node.CommitIndex || node.Log.TermAt(content.Index) == content.Term);

    private string? WhyNot(SnapshotDescriptor content) =>
        !node.Settings.Snapshots.AreOn ? "this server has no snapshot store"
        : content.Configuration.Voters.IsEmpty || content.ConfigurationIndex > content.Index ? "its configuration cannot be"
        : content.Index is < 1 or > EntryRules.HighestIndex ? $"entry {content.Index} cannot be"
        : content.Term < 1 || content.Term > node.Term
            ? $"its last entry is of term {content.Term}, and the leader's term is {node.Term}"
        : content.Index < node.Log.BaseIndex ? "it is older than the log, which could not go on behind it"
        : null;

    /// <summary>This server does not take the snapshot; says so in the log where that is worth a line.</summary>
    public void Refuse(InstallSnapshot install, IActorRef leader)
    {
        if (WhyNot(install.Content) is { } reason && node.ShouldLog(install.Header.From, reason))
        {
            node.Logger.Warning(
                "{0} refused the snapshot of entry {1} of {2}: {3}",
                node.Name, install.Content.Index, install.Header.From, reason);
        }

        Answer(leader, install, InstallStatus.Refused, 0);
    }

    /// <summary>
    /// This server has all that is in the snapshot. So it is committed, and as soon as it is durable the leader may count on it.
    /// </summary>
    private void ConfirmInstalled(InstallSnapshot install, IActorRef leader)
    {
        node.WhenDurable(
            () =>
            {
                if (node.Term == install.Header.Term)
                {
                    Answer(leader, install, InstallStatus.Installed, install.Content.Bytes);
                    node.CommitUpTo(install.Content.Index);
                }
            },
            key: nameof(InstallSnapshot));
    }

    private void BeginReceiving(InstallSnapshot install)
    {
        snapshots.Abandon("a snapshot of the leader is being received");
        node.Logger.Info(
            "{0} receives a snapshot of entry {1} ({2} bytes) from {3}",
            node.Name, install.Content.Index, install.Content.Bytes, install.Header.From);
        var number = snapshots.Begin(install);
        observing.TellSnapshot(SnapshotActivity.Receiving, install.Header.From, install.Content.Index, 0, install.Content.Bytes);
        var sender = node.Sender;
        node.WhenDurable(() =>
        {
            if (snapshots.UnderWay?.Number == number)
            {
                node.Tell(snapshots.Kept.Keeper, new BeginReceive(number, install, sender));
            }
        });
    }

    private void Receive(SnapshotUnderWay receiving, InstallSnapshot install)
    {
        snapshots.Receive(install);
        if (receiving.Stored is null)
        {
            node.Tell(snapshots.Kept.Keeper, new ReceivePiece(receiving.Number, install, node.Sender));
        }
    }

    /// <summary>A new term has begun, whoever began it. The leader that was sending a snapshot sends no more of it.</summary>
    public void AbandonReceived()
    {
        if (snapshots.UnderWay is { IsReceived: true })
        {
            snapshots.Abandon("a new term has begun");
        }
    }

    /// <summary>
    /// All of the snapshot is in the store. Where the log has its last entry, the log goes on as it is; otherwise all of the log
    /// goes (rules 6 to 8).
    /// </summary>
    public void OnStored(SnapshotUnderWay underWay, StoredSnapshot snapshot)
    {
        var content = snapshot.Content;
        var (message, leader) = underWay.Latest!.Value;
        var isSuperfluous = Holds(content);
        if (isSuperfluous || WhyNot(content) is not null)
        {
            // It came too late to be of use. The leader is told so at once, and need not ask.
            snapshots.Discard();
            snapshots.Sweep();
            if (isSuperfluous)
            {
                ConfirmInstalled(message, leader);
            }
            else
            {
                Refuse(message, leader);
            }

            return;
        }

        snapshots.Complete(snapshot, discardsLog: node.Log.TermAt(content.Index) != content.Term);
    }

    /// <summary>It is this server's snapshot from now on. The leader is told; the state machine is to have its state.</summary>
    public void OnInstalled(StoredSnapshot snapshot, SnapshotUnderWay underWay)
    {
        var (index, bytes) = (snapshot.Index, snapshot.Content.Bytes);
        node.Logger.Info("{0} has installed a snapshot of entry {1} ({2} bytes)", node.Name, index, bytes);
        var (message, leader) = underWay.Latest!.Value;
        if (node.Term == message.Header.Term)
        {
            Answer(leader, message, InstallStatus.Installed, bytes);
        }

        observing.TellSnapshot(SnapshotActivity.Installed, message.Header.From, index, bytes, bytes);
        node.AdoptSnapshot(snapshot);
        if (faults.StoppedAt is { } fault)
        {
            faults.RestartAtOnce($"the leader's snapshot of entry {index} goes beyond {fault.Place}");
            return;
        }

        state.Load(snapshot, libraryOnly: false);
    }

    private void Answer(IActorRef leader, InstallSnapshot install, InstallStatus status, long offset) =>
        node.Tell(leader, new InstallSnapshotResponse(node.HeaderTo(install.Header.From), install.Sequence, status, offset));
}
