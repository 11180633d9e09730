namespace Raft.Actors.Node;

/// <summary>
/// What a node throws that finds its group's safety broken. It has changed nothing until then, and says nothing afterwards.
/// </summary>
/// <param name="message">What contradicts the rules of Raft.</param>
/// <param name="isOfCommitted">Whether what is committed here is contradicted.</param>
internal sealed class SafetyBrokenException(string message, bool isOfCommitted) : Exception(message)
{
    /// <summary>Whether what is committed here is contradicted.</summary>
    public bool IsOfCommitted => isOfCommitted;
}
