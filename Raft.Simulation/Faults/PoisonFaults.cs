using Raft.Actors.Protocol;
using Raft.Simulation.Clients;

namespace Raft.Simulation.Faults;

/// <summary>
/// A client sends the leader a command at which every state machine throws, and goes away. An operator has the group skip it.
/// </summary>
internal sealed record Poison : Fault
{
    protected override string What => "a command at which every state machine throws";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Leader is { } leader)
        {
            var command = new RegisterCommand(0, OperationKind.Poison, 0, 0, 0);
            nemesis.Operator.Ask(leader, new Apply(command.ToBytes()));
        }
    }
}
