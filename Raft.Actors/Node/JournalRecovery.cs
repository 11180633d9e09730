using Akka.Event;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Identity;
using Raft.Actors.Node.Snapshotting;

namespace Raft.Actors.Node;

/// <summary>
/// What a node makes of its journal when it starts. The journal of a compacted log begins in the middle: what is missing
/// before its first event must be in the newest snapshot, or the journal is refused.
/// </summary>
internal sealed class JournalRecovery(
    INodeContext node, HardState hardState, NodeIdentity identity, Safety safety, LocalSnapshots snapshots)
{
    private const string WhatToDo = "restore the journal, or remove this server's data and let it join anew";

    // The sequence numbers of the first event, above 1 where the events before were deleted, and of the latest.
    private long _first;
    private long _latest;

    /// <summary>An event is read.</summary>
    /// <exception cref="InvalidOperationException">The journal is damaged, or is none of this library's.</exception>
    public void Read(long sequenceNr, object read)
    {
        CheckSequence(sequenceNr);
        switch (read)
        {
            case HardStateChanged changed:
                hardState.Recover(changed.Term, changed.VotedFor);
                break;
            case JournalIdentified identified:
                identity.Recover(identified.Journal, identified.Group);
                break;
            case EntriesAppended appended:
                ReadEntries(appended);
                break;
            case SnapshotBegun begun:
                snapshots.Kept.RecoverNumber(begun.Number);
                break;
            case SnapshotCompleted completed:
                ReadSnapshot(completed);
                break;
            case SafetyBroken broken:
                safety.Break(broken.Reason);
                break;
            case SafetyRestored:
                safety.Restore();
                break;
            default:
                throw new InvalidOperationException(
                    $"the journal of {node.Name} holds a {read.GetType()}, which is none of this library's events");
        }

        snapshots.Compaction.Add(sequenceNr, (IJournalEvent)read);
    }

    /// <summary>All of the journal is read.</summary>
    /// <exception cref="InvalidOperationException">
    /// The log does not go on after the newest snapshot, or its term cannot be.
    /// </exception>
    public void Check()
    {
        if (hardState.Term > TermLimits.Highest)
        {
            throw new InvalidOperationException(
                $"the journal of {node.Name} has term {hardState.Term}, which cannot be: a hostile message brought it, "
                + "and an earlier version believed it. Stop the group, and recover one server");
        }

        CheckSnapshotFits();
    }

    /// <summary>Says what the server begins with.</summary>
    /// <param name="isEmpty">Whether it has never had a part in a group.</param>
    public void LogResult(bool isEmpty)
    {
        var (log, first) = (node.Log, node.Settings.InitialConfiguration);
        if (isEmpty && first.IsVoter(node.Self))
        {
            node.Logger.Info(
                "{0} has an empty journal: a group begins with {1}, once each voter of it has said that it is empty",
                node.Name, first);
        }
        else if (log.LastIndex > 0 || hardState.Term > 0)
        {
            node.Logger.Info(
                "{0} has read its journal: term {1}, entries {2} to {3}/{4}",
                node.Name, hardState.Term, log.FirstIndex, log.LastIndex, log.LastTerm);
        }
        else
        {
            node.Logger.Warning(
                "{0} has an empty journal and raft.servers does not name it as a voter: it waits to be added to a group",
                node.Name);
        }
    }

    /// <summary>Akka passes over a row that is missing without a word. A log with a hole in it must not be believed.</summary>
    private void CheckSequence(long sequenceNr)
    {
        if (_latest > 0 && sequenceNr != _latest + 1)
        {
            throw new InvalidOperationException(
                $"the journal of {node.Name} lacks the events {_latest + 1} to {sequenceNr - 1}: {WhatToDo}");
        }

        _first = _latest == 0 ? sequenceNr : _first;
        _latest = sequenceNr;
    }

    private void ReadEntries(EntriesAppended appended)
    {
        var (log, configurations) = (node.Log, node.Configurations);
        var first = appended.FirstIndex;
        if (first > log.BaseIndex && first <= log.LastIndex)
        {
            log.TruncateFrom(first);
            configurations.TruncateFrom(first);
        }
        else if (first != log.LastIndex + 1 && _first > 1)
        {
            // What lies before was deleted: it is in a snapshot whose event follows. The first entry that is left is the
            // base, and is in that snapshot too.
            log.Reset(first, appended.Entries[0].Term);
            configurations.TruncateFrom(first);
            configurations.Append(appended.Entries[0]);
            first++;
        }

        foreach (var entry in appended.Entries)
        {
            if (entry.Index >= first)
            {
                log.Append(entry);
                configurations.Append(entry);
            }
        }
    }

    private void ReadSnapshot(SnapshotCompleted completed)
    {
        hardState.Recover(completed.Term, completed.VotedFor);
        if (!completed.Journal.IsNone)
        {
            identity.Recover(completed.Journal, completed.Group);
        }

        snapshots.Kept.Recover(completed);
        var content = completed.Newest.Content;
        if (completed.DiscardsLog || content.Index > node.Log.LastIndex)
        {
            node.Log.Reset(content.Index, content.Term);
        }

        node.Configurations.Install(content.Index, content.ConfigurationIndex, content.Configuration, completed.DiscardsLog);
    }

    /// <summary>The log must go on after the newest snapshot, without a hole between the two.</summary>
    private void CheckSnapshotFits()
    {
        var log = node.Log;
        if (snapshots.Kept.Newest is not { } newest)
        {
            if (_first > 1 || log.BaseIndex > 0)
            {
                throw new InvalidOperationException(
                    $"the journal of {node.Name} begins with event {_first} and knows no snapshot that holds what was before: "
                    + WhatToDo);
            }

            return;
        }

        if (log.TermAt(newest.Index) != newest.Content.Term)
        {
            throw new InvalidOperationException(
                $"the log of {node.Name} ({log.FirstIndex} to {log.LastIndex}) does not go on behind its newest snapshot, "
                + $"of entry {newest.Index}/{newest.Content.Term}: {WhatToDo}");
        }

        if (!node.Settings.Snapshots.AreOn)
        {
            throw new InvalidOperationException(
                $"the journal of {node.Name} goes on behind a snapshot of entry {newest.Index}, and there is no snapshot store: "
                + "name it by raft.snapshots.plugin");
        }
    }
}
