
namespace Raft.Actors.Node;

/// <summary>
/// Which group this server belongs to, and which journal it has (docs/architecture.md, Identity). A member of a group is a server with its journal:
/// one that comes back with an empty disk is another member, which votes and counts for nothing until it is made a voter again.
/// </summary>
public sealed partial class RaftNode
{
    /// <summary>Whether this server has never had a part in a group, but for a pledge to let one begin.</summary>
    private bool IsEmpty => _log.LastIndex == 0 && _currentTerm <= FoundingTerm;
}
