using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace Raft.Host.Http;

/// <summary>
/// The members of the Akka.Cluster, if the actor system's provider is cluster. Shown to operators; Raft does not use them.
/// </summary>
internal sealed class ClusterMembers
{
    private readonly Cluster _cluster;

    private ClusterMembers(Cluster cluster) => _cluster = cluster;

    /// <summary>The cluster of an actor system; null if it has none. From now on, the log shows its changes.</summary>
    public static ClusterMembers? Of(ActorSystem system)
    {
        if (system is not ExtendedActorSystem { Provider: IClusterActorRefProvider })
        {
            return null;
        }

        var cluster = Cluster.Get(system);
        system.ActorOf(Props.Create(() => new ChangeLog()), "cluster-change-log");
        return new ClusterMembers(cluster);
    }

    /// <summary>The members as they are now, for <c>/status</c>.</summary>
    public object View()
    {
        var state = _cluster.State;
        return new
        {
            Self = _cluster.SelfAddress.ToString(),
            Leader = state.Leader?.ToString(),
            Members = state.Members.Select(member => new
            {
                Address = member.Address.ToString(),
                Status = member.Status.ToString(),
                Roles = member.Roles.Order(StringComparer.Ordinal),
                Reachable = !state.Unreachable.Contains(member),
            }),
        };
    }

    /// <summary>Writes a line for each change of a member.</summary>
    private sealed class ChangeLog : ReceiveActor
    {
        private readonly ILoggingAdapter _log = Context.GetLogger();

        public ChangeLog()
        {
            Receive<ClusterEvent.IMemberEvent>(change =>
                _log.Info("cluster member {0} is {1}", change.Member.Address, change.Member.Status));
            Receive<ClusterEvent.UnreachableMember>(change =>
                _log.Warning("cluster member {0} is unreachable", change.Member.Address));
            Receive<ClusterEvent.ReachableMember>(change =>
                _log.Info("cluster member {0} is reachable again", change.Member.Address));
        }

        protected override void PreStart() => Cluster.Get(Context.System).Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IMemberEvent),
            typeof(ClusterEvent.IReachabilityEvent));

        protected override void PostStop() => Cluster.Get(Context.System).Unsubscribe(Self);
    }
}
