using Akka.Actor;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Questions;
using Raft.Actors.Node.Snapshotting;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Node;

/// <summary>
/// Which message goes where: first to the role's own behaviour, then to what all roles share, then to the parts.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>Takes up a role: its behaviour handles what is its own, the rest is the same for all.</summary>
    private void BecomeRole(RaftRole role, Func<object, bool> behaviour)
    {
        _role = role;
        _campaign.End();
        Become(message => Handle(message, behaviour));
    }

    /// <summary>Has no part in the group any more: this behaviour is all that is left.</summary>
    private void BecomeOutsider(UntypedReceive behaviour)
    {
        _role = RaftRole.Follower;
        _leaderSeen.Change(default);
        Become(behaviour);
    }

    private void Handle(object message, Func<object, bool> behaviour)
    {
        var wasAsked = false;
        if (message is AnswerReceived received)
        {
            (message, wasAsked) = (received.Answer, true);
        }

        var peerMessage = message as IPeerMessage;
        if (peerMessage is not null && _door.Refuses(peerMessage, wasAsked, HasLiveLeader))
        {
            return;
        }

        try
        {
            // What comes most often is looked for first.
            if (!behaviour(message) && !OnCommon(message) && !OnPart(message) && !IsTooLate(message))
            {
                Unhandled(message);
            }
        }
        catch (SafetyBrokenException broken)
        {
            if (peerMessage is null || _environment.ArePeersProven)
            {
                Exclude(broken.Message);
            }
            else
            {
                _door.RefuseContradiction(peerMessage, broken);
            }
        }
    }

    /// <summary>Whether the election or the leadership that a message belongs to is over. Then it is passed over.</summary>
    private static bool IsTooLate(object message) =>
        message is PreVoteResponse or VoteResponse or RequestReadIndex or NodeTick or IFollowerReport or LaterTermSeen;

    /// <summary>What is a part's own in every role.</summary>
    private bool OnPart(object message) =>
        _snapshots.Handle(message) || _founding.Handle(message) || _reading.Handle(message) || _faults.Handle(message);

    /// <summary>What every role answers alike.</summary>
    private bool OnCommon(object message)
    {
        switch (message)
        {
            case NodeTick.Flush:
                OnFlush();
                return true;
            case NodeTick.Snapshot:
                _snapshots.TakeIfDue();
                _leader?.Transfers.Renew();
                return true;
            case RequestPreVote request:
                OnRequestPreVote(request);
                return true;
            case RequestVote request:
                OnRequestVote(request);
                return true;
            case AppendEntries append:
                OnAppendEntries(append);
                return true;
            case Heartbeat heartbeat:
                OnHeartbeat(heartbeat);
                return true;
            case TimeoutNow timeout:
                OnTimeoutNow(timeout);
                return true;
            case NodeTick.Transfer:
                OnTransferTimeout();
                return true;
            case NodeTick.ShutDown:
                BecomeStopping();
                return true;
            case InstallSnapshot install:
                OnInstallSnapshot(install);
                return true;
            case AppliedUpTo applied:
                OnApplied(applied);
                return true;
            case StateMachineFault fault:
                _faults.OnFault(fault, _lastWords.IsStopping);
                return true;
            case VersionSupported supported:
                if (_state.LearnVersion(supported.Version))
                {
                    CampaignWhenAlone();
                }

                return true;
            case Terminated terminated when _state.Is(terminated.ActorRef):
                _faults.RestartAtOnce("its state machine's actor was stopped");
                return true;
            case SettingsChanged changed:
                OnSettingsChanged(changed.Settings);
                return true;
            case ForwardedRequest forwarded:
                // A request travels once: a node that is not the leader says so, whatever its setting.
                Refuse(forwarded.Request);
                return true;
            case IRaftRequest request:
                OnRequest(request);
                return true;
            case ReplacementChecked result:
                _restores.OnReplacementChecked(result, _leader?.Intake);
                return true;
            case StateRestored restored:
                OnStateRestored(restored.Snapshot);
                return true;
            default:
                return false;
        }
    }
}
