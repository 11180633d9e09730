using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;

namespace Raft.Actors.Node;

/// <summary>What a server has found that contradicts the rules of Raft, and that keeps it from serving.</summary>
internal sealed class Safety
{
    /// <summary>Why the server takes no part in its group any more, until an operator has decided; null where it does.</summary>
    public string? Broken { get; private set; }

    /// <summary>
    /// How the leader that is followed contradicts what is committed here, by messages that nothing proves to be the
    /// leader's; null where it does not.
    /// </summary>
    public string? Contradiction { get; private set; }

    /// <summary>The same in words, for those who ask this server; null where there is nothing.</summary>
    public string? NotServing =>
        Broken is { } broken
            ? $"it takes no part in its group, for the group's safety is broken: {broken}. "
                + "It stays out until an operator decides (Raft.Host readmit)"
        : Contradiction is { } contradiction
            ? $"it waits for its leader to agree with what is committed here: {contradiction}. Either somebody else sent that in "
                + "the leader's name, or the group's safety is broken"
        : null;

    /// <summary>
    /// A leader says that it has an entry of a term at an index. What is committed here cannot be of another term.
    /// </summary>
    /// <exception cref="SafetyBrokenException">It is of another term.</exception>
    public static void CheckAgainstCommitted(INodeContext node, long index, long term, ServerId leader)
    {
        if (index <= node.CommitIndex && node.Log.TermAt(index) is { } committed && committed != term)
        {
            throw new SafetyBrokenException(
                $"leader {leader} of term {node.Term} has entry {index} in term {term}, "
                + $"but entry {index} of term {committed} is committed here",
                isOfCommitted: true);
        }
    }

    /// <summary>The safety is broken.</summary>
    public void Break(string reason) => Broken = reason;

    /// <summary>An operator has decided that the server takes part again.</summary>
    public void Restore() => Broken = null;

    /// <summary>The leader contradicts what is committed here, if it was the leader.</summary>
    public void Doubt(string contradiction) => Contradiction = contradiction;

    /// <summary>The leader agrees with what is committed here, or another server leads.</summary>
    public void Trust() => Contradiction = null;
}
