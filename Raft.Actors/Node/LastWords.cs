using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>What a node that ends says to everybody who waits for it.</summary>
internal sealed class LastWords
{
    private Func<long, RaftFailure> _openOutcome = static _ => new ShuttingDown(Outcome.Unknown);

    /// <summary>Whether the node stops in good order.</summary>
    public bool IsStopping { get; set; }

    /// <summary>To those whose requests were surely not done.</summary>
    public RaftFailure NotDone { get; private set; } = new ShuttingDown(Outcome.NotDone);

    /// <summary>The node ends for a reason of its own.</summary>
    /// <param name="openOutcome">What is said to those whose entry, of this index, may yet be applied.</param>
    /// <param name="notDone">What is said to those whose requests were surely not done.</param>
    public void Change(Func<long, RaftFailure> openOutcome, RaftFailure notDone) =>
        (_openOutcome, NotDone) = (openOutcome, notDone);

    /// <summary>To somebody whose entry may yet be applied.</summary>
    public RaftFailure OpenOutcome(long index) => _openOutcome(index);
}
