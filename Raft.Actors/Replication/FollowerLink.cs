using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>One leader's connection to one follower in one term: what its replicator and its heartbeat have in common.</summary>
/// <param name="Group">The group.</param>
/// <param name="Leader">The leader.</param>
/// <param name="Follower">The follower.</param>
/// <param name="Term">The leader's term.</param>
/// <param name="Peer">The follower's node, or whatever carries messages to it.</param>
internal sealed record FollowerLink(string Group, ServerId Leader, ServerId Follower, long Term, IActorRef Peer)
{
    /// <summary>The header of everything the leader sends to the follower in this term.</summary>
    public PeerHeader Header { get; private init; } = new(ProtocolVersion.Current, Group, Leader, Follower, Term);

    /// <summary>Which group and which journals are meant.</summary>
    public PeerIdentity? Identity
    {
        get => Header.Identity;
        init => Header = Header with { Identity = value };
    }

    /// <summary>
    /// Whether a message is an answer of this follower to this leader. A follower that is being filled up may not know its
    /// group yet.
    /// </summary>
    public bool IsAnswer(PeerHeader header) =>
        ProtocolVersion.IsSupported(header.Version) && header.Group == Group && header.From == Follower && header.To == Leader
        && (Identity is not { Group: { IsNone: false } own }
            || header.Identity is not { Group: { IsNone: false } theirs }
            || own == theirs);
}
