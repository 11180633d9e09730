using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Contracts;

/// <summary>What the parts of a leader see of the node beyond what every part sees.</summary>
internal interface ILeaderContext : INodeContext
{
    /// <summary>The scheduler's wall clock.</summary>
    DateTimeOffset WallClock { get; }

    /// <summary>The journal of this server.</summary>
    JournalIdentity Journal { get; }

    /// <summary>What this server reads and supports.</summary>
    Abilities Abilities { get; }

    /// <summary>The entry at which this server's state machine threw in two lives in a row; null where it did not.</summary>
    StateMachineFault? StoppedAt { get; }

    /// <summary>Why this server does without a state, in words; null where its state machine has not stopped.</summary>
    string? StoppedInWords { get; }

    /// <summary>Whether the log in memory has all that it may have.</summary>
    bool IsLogFull { get; }

    /// <summary>What a message to another server says of the group and of both journals.</summary>
    PeerIdentity IdentityTo(ServerId receiver);

    /// <summary>Whether what another server says counts for the group.</summary>
    bool Counts(PeerHeader header);

    /// <summary>Draws an identity that was never drawn before.</summary>
    UInt128 NewIdentity();

    /// <summary>Ends the leadership; no other leader is known.</summary>
    void StepDown();

    /// <summary>Ends the leadership for a later term.</summary>
    void StepDownTo(long term);

    /// <summary>Shuts this server down where it was removed from its group and its settings ask for that.</summary>
    void LeaveWhenRemoved();

    /// <summary>Answers what any server answers.</summary>
    void OnRequest(IRaftRequest request);
}
