using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Elections;
using Raft.Actors.Model;

namespace Raft.Actors.Node;

/// <summary>
/// What a node makes of its journal when it starts. The journal of a compacted log begins in the middle: what is missing before its first event
/// is in the newest snapshot, and it is refused where it is not.
/// </summary>
public sealed partial class RaftNode
{
    /// <inheritdoc />
    protected override void OnRecover(object message)
    {
        if (message is IJournalEvent written)
        {
            _replayed.Add(LastSequenceNr);
            _snapshots.Compaction.Add(LastSequenceNr, written);
        }

        switch (message)
        {
            case HardStateChanged changed:
                _hardState.Recover(changed.Term, changed.VotedFor);
                break;
            case JournalIdentified identified:
                _identity.Recover(identified.Journal, identified.Group);
                break;
            case EntriesAppended appended:
                RecoverEntries(appended);
                break;
            case SnapshotBegun begun:
                _snapshots.Kept.RecoverNumber(begun.Number);
                break;
            case SnapshotCompleted completed:
                RecoverSnapshot(completed);
                break;
            case SafetyBroken broken:
                _safety.Break(broken.Reason);
                break;
            case SafetyRestored:
                _safety.Restore();
                break;
            case RecoveryCompleted:
                OnRecovered();
                break;
            default:
                throw new InvalidOperationException($"the journal of {PersistenceId} holds a {message.GetType()}, which is none of this library's events");
        }
    }

    private void RecoverEntries(EntriesAppended appended)
    {
        var first = appended.FirstIndex;
        if (first > _log.BaseIndex && first <= _log.LastIndex)
        {
            _log.TruncateFrom(first);
            _configurations.TruncateFrom(first);
        }
        else if (first != _log.LastIndex + 1 && _replayed.First > 1)
        {
            // What lies before was deleted, for it is in a snapshot whose event follows. The first entry that is left is
            // the base: it is in that snapshot too.
            _log.Reset(first, appended.Entries[0].Term);
            _configurations.TruncateFrom(first);
            _configurations.Append(appended.Entries[0]);
            first++;
        }

        foreach (var entry in appended.Entries)
        {
            if (entry.Index >= first)
            {
                _log.Append(entry);
                _configurations.Append(entry);
            }
        }
    }

    private void RecoverSnapshot(SnapshotCompleted completed)
    {
        _hardState.Recover(completed.Term, completed.VotedFor);
        if (!completed.Journal.IsNone)
        {
            _identity.Recover(completed.Journal, completed.Group);
        }

        _snapshots.Kept.Recover(completed);
        var content = completed.Newest.Content;
        if (completed.DiscardsLog || content.Index > _log.LastIndex)
        {
            _log.Reset(content.Index, content.Term);
        }

        _configurations.Install(content.Index, content.ConfigurationIndex, content.Configuration, completed.DiscardsLog);
    }

    /// <summary>The log must go on behind the newest snapshot, without a hole between the two.</summary>
    private void CheckSnapshotFits()
    {
        if (NewestSnapshot is not { } newest)
        {
            if (_replayed.First > 1 || _log.BaseIndex > 0)
            {
                throw new InvalidOperationException(
                    $"the journal of {PersistenceId} begins with event {_replayed.First} and knows no snapshot that holds what was before: restore the journal, or remove this server's data and let it join anew");
            }

            return;
        }

        if (_log.TermAt(newest.Index) != newest.Content.Term)
        {
            throw new InvalidOperationException(
                $"the log of {PersistenceId} ({_log.FirstIndex} to {_log.LastIndex}) does not go on behind its newest snapshot, of entry {newest.Index}/{newest.Content.Term}: restore the journal, or remove this server's data and let it join anew");
        }

        if (!_settings.Snapshots.AreOn)
        {
            throw new InvalidOperationException(
                $"the journal of {PersistenceId} goes on behind a snapshot of entry {newest.Index}, and there is no snapshot store: name it by raft.snapshots.plugin");
        }
    }

    private void OnRecovered()
    {
        if (_hardState.Term > TermLimits.Highest)
        {
            throw new InvalidOperationException(
                $"the journal of {PersistenceId} has term {_hardState.Term}, which cannot be: a hostile message brought it, and an earlier version believed it. "
                + "Stop the group, and recover one server");
        }

        CheckSnapshotFits();
        _journal.Recovered(_log.LastIndex);
        _snapshots.Begin();
        _identity.Begin(isNewJournal: LastSequenceNr == 0);
        if (StaysExcluded())
        {
            return;
        }

        if (_founding.IsEmpty && _settings.InitialConfiguration.IsVoter(OwnId))
        {
            _logger.Info("{0} has an empty journal: a group begins with {1}, once each voter of it has said that it is empty", PersistenceId, _settings.InitialConfiguration);
        }
        else if (_log.LastIndex > 0 || _hardState.Term > 0)
        {
            _logger.Info(
                "{0} has read its journal: term {1}, entries {2} to {3}/{4}",
                PersistenceId, _hardState.Term, _log.FirstIndex, _log.LastIndex, _log.LastTerm);
        }
        else
        {
            _logger.Warning("{0} has an empty journal and raft.servers does not name it as a voter: it waits to be added to a group", PersistenceId);
        }

        if (NewestSnapshot is { } newest)
        {
            _commitIndex = newest.Index;
            _membership.Learn(newest.Content.Configuration);
            _snapshots.StateLoading.LoadTrusted(newest);
        }

        _snapshots.Sweep();
        Context.Parent.Tell(NodeRecovered.Instance, Self);
        BecomeFollower(default);
        _state.CheckVersion();
        if (_founding.IsEmpty && _settings.InitialConfiguration.IsVoter(OwnId))
        {
            _founding.Begin(_settings.InitialConfiguration);
        }

        _membership.WarnOfBeginningAlone();
        CampaignWhenAlone();
    }

    /// <summary>An earlier life found the group's safety broken, and nobody has decided yet.</summary>
    private bool StaysExcluded()
    {
        if (_safety.Broken is null && _environment.BrokenSafety is null)
        {
            return false;
        }

        Context.Parent.Tell(NodeRecovered.Instance, Self);
        if (_safety.Broken is null)
        {
            // The journal failed before that was in it.
            Exclude(_environment.BrokenSafety!);
        }
        else
        {
            _logger.Error("{0} stays out of its group, for the group's safety is broken: {1}", PersistenceId, _safety.Broken);
            BecomeExcluded();
        }

        return true;
    }

    private void CampaignWhenAlone()
    {
        if (Configuration.Voters is [var onlyVoter] && onlyVoter == OwnId && Configuration.Counts(OwnId, _identity.Journal) && !MayHaveForgottenLeader)
        {
            // There is nobody to wait for.
            OnLeaderSilent();
        }
    }
}
