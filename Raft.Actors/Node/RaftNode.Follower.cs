using Akka.Event;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Follower: answers leaders and candidates, and calls for an election when it hears from neither (figure 3.1,
/// followers). The answers to a leader are the same in every role, for whoever hears from a rightful leader becomes its follower.
/// </summary>
public sealed partial class RaftNode
{
    private void BecomeFollower(ServerId leader, string? heardFrom = null)
    {
        LeaveLeadership();

        _leaderSeen.Change(leader, heardFrom);
        _campaign.BeginTimer(_settings.HeartbeatTimeout);
        BecomeRole(RaftRole.Follower, Follower);
        _reading.OnLeaderChanged();
        _handOver.OnLeadershipMoved();
        _faults.RebuildIfFree();
    }

    private bool Follower(object message)
    {
        switch (message)
        {
            case NodeTick.Election:
                OnElectionTick();
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// No leader is heard. Only a voter with a working disk and a state calls for an election: another server could not
    /// win, or could not serve.
    /// </summary>
    private void OnLeaderSilent()
    {
        if (!_leaderSeen.Id.IsNone)
        {
            _logger.Info("{0} hears nothing from leader {1}", PersistenceId, _leaderSeen.Id);
            _leaderSeen.Change(default);
        }

        if (_membership.MustLeave)
        {
            ShutDownRemoved();
        }
        else if (!_configurations.MayCampaign(OwnId, _identity.Journal)
            || IsJournalStalled
            || !_state.HasState
            || _state.Version.IsExceeded
            || _faults.LeavesElectionToOthers())
        {
            // A campaign that was begun before is over too, whoever still answers it.
            BecomeFollower(default);
        }
        else if (_settings.PreVote)
        {
            BecomePreCandidate();
        }
        else
        {
            BecomeCandidate(leadershipTransfer: false);
        }
    }

    /// <summary>AppendEntries of figure 3.1, the receiver's side.</summary>
    private void OnAppendEntries(AppendEntries append)
    {
        if (!TryFollow(append.Header))
        {
            _confirmations.Deny(append, LogMatch.Mismatch(0, 0));
            return;
        }

        Safety.CheckAgainstCommitted(this, append.PrevLogIndex, append.PrevLogTerm, append.Header.From);
        var match = LogMatching.Check(_log.View, append.PrevLogIndex, append.PrevLogTerm, append.Entries);
        if (!match.IsMatch)
        {
            _confirmations.Deny(append, match);
            return;
        }

        if (match.KnownEntries < append.Entries.Length && append.Entries[match.KnownEntries].Index == _log.LastIndex + 1
            && _confirmations.Room.MustRefuse(append.Entries.AsSpan()[match.KnownEntries..]))
        {
            _confirmations.RefuseEntries(append, match.KnownEntries, _journal.DurableIndex);
            return;
        }

        AppendFromLeader(append, match.KnownEntries);
        if (match.MatchIndex >= _commitIndex)
        {
            _safety.Trust();
        }

        _confirmations.Confirm(append, match);
    }

    private void AppendFromLeader(AppendEntries append, int known)
    {
        if (known == append.Entries.Length)
        {
            return;
        }

        var first = append.Entries[known].Index;
        if (first <= _log.LastIndex)
        {
            Truncate(first);
        }

        for (var i = known; i < append.Entries.Length; i++)
        {
            Append(append.Entries[i]);
        }
    }

    /// <summary>A piece of the leader's snapshot. The rest of the walk is in <see cref="Installation"/>.</summary>
    private void OnInstallSnapshot(InstallSnapshot install)
    {
        if (!TryFollow(install.Header))
        {
            _snapshots.Installation.Refuse(install, Sender);
            return;
        }

        Safety.CheckAgainstCommitted(this, install.Content.Index, install.Content.Term, install.Header.From);
        _snapshots.Installation.OnInstallSnapshot(install);
    }

    private void OnHeartbeat(Heartbeat heartbeat)
    {
        if (!TryFollow(heartbeat.Header))
        {
            Sender.Tell(new HeartbeatResponse(HeaderTo(heartbeat.Header.From), heartbeat.Sequence), Self);
            return;
        }

        _confirmations.Confirm(heartbeat);
    }

    /// <summary>
    /// Follows the sender as the leader of its term, in whatever role this server was. False where the term is over.
    /// </summary>
    private bool TryFollow(PeerHeader leader)
    {
        if (leader.Term < _hardState.Term)
        {
            return false;
        }

        var isLaterTerm = leader.Term > _hardState.Term;
        if (isLaterTerm)
        {
            AdoptTerm(leader.Term);
        }

        _leaderSeen.CheckSole(leader.Term, leader.From);
        _leaderSeen.Lead(leader.Term, leader.From);
        // The leader of the term before may be this one's too, and may have come back elsewhere meanwhile (seed 440000809).
        if (isLaterTerm || _role != RaftRole.Follower || _leaderSeen.Id != leader.From)
        {
            _logger.Info("{0} follows {1} in term {2}", PersistenceId, leader.From, leader.Term);
            BecomeFollower(leader.From, Sender.Path.Address is { HasGlobalScope: true } address ? address.ToString() : null);
        }

        _leaderSeen.Hear(Now);
        _faults.HearLeader();
        _campaign.ExtendTimer();
        _identity.Join(leader.Identity?.Group ?? default);
        return true;
    }
}
