using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Simulation.Faults;

/// <summary>What an operator does with a server.</summary>
internal enum MembershipAction
{
    AddVoter,
    AddNonvoter,
    DemoteVoter,
    RemoveServer,
    RemoveLeader,
}

/// <summary>An operator asks the leader for a change of the configuration.</summary>
internal sealed record MembershipChange(MembershipAction Action, ServerId Server) : Fault
{
    /// <summary>Longer than a leader's lease: for so long one that was heard before counts as healthy.</summary>
    private static readonly TimeSpan UnseenFor = TimeSpan.FromSeconds(1);

    protected override string What =>
        Action == MembershipAction.RemoveLeader ? "an operator removes the leader" : $"an operator asks for {Action} {Server}";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Leader is not { } leader || nemesis.Cluster.Misplaced is not null)
        {
            return;
        }

        if (nemesis.Cluster.Servers.Exists(server => nemesis.World.Now - server.MountedAt <= UnseenFor.Ticks))
        {
            // Its leader cannot know yet that a voter's disk is lost (seed 317): it may take another vote, and leave no majority.
            return;
        }

        var address = nemesis.Cluster.Server(Server).Address;
        nemesis.Cluster.Ask(leader, Action switch
        {
            MembershipAction.AddVoter => new AddVoter(Server, address) { CatchUpTimeout = TimeSpan.FromSeconds(10) },
            MembershipAction.AddNonvoter => new AddNonvoter(Server, address),
            MembershipAction.DemoteVoter => new DemoteVoter(Server),
            MembershipAction.RemoveServer => new RemoveServer(Server),
            _ => new RemoveServer(leader.Id),
        });
    }
}

/// <summary>An operator has leadership handed over.</summary>
/// <param name="To">To whom; none for anyone.</param>
internal sealed record Transfer(ServerId To) : Fault
{
    protected override string What => $"an operator hands leadership to {(To.IsNone ? "anyone" : To.Value)}";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Leader is { } leader)
        {
            nemesis.Cluster.Ask(leader, new TransferLeadership(To));
        }
    }
}

/// <summary>
/// A server dies and starts again under another address, which an operator then puts into the configuration. Never a second
/// one while the first is not known to the group, or while a lost disk's server has no vote, and never one without which the
/// group has no majority: servers that do not know where the others are cannot elect a leader that would tell them
/// (docs/operations.md).
/// </summary>
internal sealed record Move(ServerId Server, TimeSpan Down) : Fault
{
    protected override string What => $"crash {Server}, start it under another address after {Text(Down)}";

    public override void Strike(Nemesis nemesis)
    {
        var server = nemesis.Cluster.Server(Server);
        if (nemesis.Cluster.MayMove && !nemesis.Cluster.HasLostDisk)
        {
            nemesis.Cluster.Crash(server, Down);
            server.Moves++;
        }
    }
}
