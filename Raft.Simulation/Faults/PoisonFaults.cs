using Raft.Actors.Protocol;
using Raft.Simulation.Registers;

namespace Raft.Simulation.Faults;

/// <summary>
/// A client sends the leader a command at which every state machine throws, and goes away. An operator has the group skip it.
/// </summary>
internal sealed record Poison : Fault
{
    /// <summary>
    /// Each costs an operator some seconds of the time in which the group has to come to rest (seed 780001644 had eleven, one
    /// behind the other).
    /// </summary>
    public const int Most = 4;

    protected override string What => "a command at which every state machine throws";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Poisons < Most && nemesis.Cluster.Leader is { } leader)
        {
            nemesis.Poisons++;
            var command = new RegisterCommand(0, OperationKind.Poison, 0, 0, 0);
            nemesis.Operator.Ask(leader, new Apply(command.ToBytes()));
        }
    }
}
