using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>How a node starts: it reads its journal (<see cref="JournalRecovery"/>), and goes on from there.</summary>
public sealed partial class RaftNode
{
    /// <inheritdoc />
    protected override void OnRecover(object message)
    {
        if (message is RecoveryCompleted)
        {
            OnRecovered();
        }
        else
        {
            _recovery.Read(LastSequenceNr, message);
        }
    }

    private void OnRecovered()
    {
        _recovery.Check();
        _journal.Recovered(_log.LastIndex);
        _snapshots.Begin();
        _identity.Begin(isNewJournal: LastSequenceNr == 0);
        if (StaysExcluded())
        {
            return;
        }

        _recovery.LogResult(_founding.IsEmpty);
        if (NewestSnapshot is { } newest)
        {
            AdoptCommitted(newest);
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

    /// <summary>Whether an earlier life found the group's safety broken, and nobody has decided yet.</summary>
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
        if (_role == RaftRole.Follower && Configuration.Voters is [var onlyVoter] && onlyVoter == OwnId
            && _identity.IsKnown && !MayHaveForgottenLeader)
        {
            // There is nobody to wait for.
            OnLeaderSilent();
        }
    }
}
