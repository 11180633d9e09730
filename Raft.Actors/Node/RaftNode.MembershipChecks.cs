using Akka.Actor;
using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>
/// Changes of the configuration that would stop the group, or that name a server that nobody finds, are refused, unless
/// they are forced (<see cref="MembershipRequest.Force"/>). The arithmetic is in <see cref="QuorumHealth"/>.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>Why the change would leave no majority that follows; null where it would not.</summary>
    private string? WhyNoMajority(MembershipRequest request, Configuration next) =>
        request.Force ? null : QuorumHealth.WhyNot(Configuration, next, IsHealthy);

    /// <summary>Whether a voter answers heartbeats with the journal that its vote belongs to. The leader hears itself.</summary>
    private bool IsHealthy(ServerId voter) =>
        voter == _self
            ? _identity.IsKnown
            : Lead.Find(voter) is { } follower
                && Configuration.Counts(voter, follower.KnownJournal)
                && Lead.Lease.IsHeard(voter, hasConfirmed: MatchOf(follower) > 0, Now, _settings.LeaderLeaseTimeout);

    /// <summary>Whether the server has to answer before the configuration says where it is. A leader need not ask itself.</summary>
    private bool MustAnswerFirst(MembershipRequest request) =>
        !request.Force && request is AddVoter or AddNonvoter && request.Server != _self;

    /// <summary>Asks the server whether it is there. No other change is begun meanwhile.</summary>
    private void Probe(MembershipRequest request, IActorRef client, Server server)
    {
        var link = new FollowerLink(_settings.Group, _self, server.Id, _currentTerm, _environment.Peers.Resolve(server))
        {
            Identity = _identity.To(server.Id),
        };
        var settings = _settings;
        var probe = Akka.Actor.Props.Create(() => new ProbeActor(link, settings.HeartbeatInterval, settings.Membership.AnswerTimeout));
        var name = Leadership.NameOf(server.Id, _currentTerm, NewSecret());
        Lead.Change = new PendingChange(request, client)
        {
            Probe = Context.ActorOf(probe.On(_settings.Dispatcher), $"probe-{name}"),
        };
    }

    private void OnServerProbed(ServerProbed probed)
    {
        if (Lead.Change is not { Probe: { } probe } change || !probe.Equals(Sender))
        {
            return;
        }

        Lead.Change = null;
        if (IsHandingOver)
        {
            change.Client.Tell(RefusalOfNewWork(), Self);
        }
        else if (probed.HasAnswered)
        {
            Change(change.Request, change.Client, hasAnswered: true);
        }
        else
        {
            var address = change.Request is AddVoter voter ? voter.Address : ((AddNonvoter)change.Request).Address;
            var server = change.Request.Server;
            _logger.Warning("{0} leaves the configuration as it is: nobody answers at {1} as {2}", PersistenceId, address, server);
            var waited = _settings.Membership.AnswerTimeout.TotalSeconds;
            change.Client.Tell(
                new ConfigurationRefused(
                    $"nobody answers at {address} as server {server} of group '{_settings.Group}' within {waited:0.###} s. "
                    + "Is it running, under that id, and can the leader reach it? A server with another group's data does not "
                    + "answer either: its log says so. Force the change if the server is to be down"),
                Self);
        }
    }

    /// <summary>Who asked for a change that has not begun is told so; what waits for a server's answer was not done.</summary>
    private void GiveUpProbe(PendingChange change, IRaftReply answer)
    {
        Context.Stop(change.Probe);
        change.Client.Tell(answer, Self);
        Lead.Change = null;
    }
}
