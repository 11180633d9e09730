using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Raft.Actors.Applying;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Node;

/// <summary>
/// What a node is given from outside, so that the same node runs in production and in a simulation. Its clock is the
/// actor system's scheduler.
/// </summary>
/// <param name="Settings">The server's settings.</param>
/// <param name="Peers">How it reaches the other servers.</param>
/// <param name="StateMachine">Makes a state machine without any state; called once per life of the node.</param>
/// <param name="Codec">Reads and writes typed commands.</param>
/// <param name="Seed">Begins the node's randomness (election timeouts, backoff); another number for each server.</param>
public sealed record RaftEnvironment(
    RaftSettings Settings,
    IPeerResolver Peers,
    Func<IStateMachine> StateMachine,
    PayloadCodec Codec,
    int Seed)
{
    /// <summary>What the state machine changes, for those who watch; null where it does not tell.</summary>
    public Watching.ChangeFeed? Changes { get; init; }

    /// <summary>
    /// Draws the identities of groups and journals, and the secrets in the names of actors that wait for other servers'
    /// answers; no number twice, and none that others can guess. By default from the system's random numbers.
    /// </summary>
    public Func<UInt128> NewIdentity { get; init; } = RandomIdentity;

    /// <summary>
    /// Whether the transport proves that what says it comes from a server does. Then a message that contradicts what is
    /// committed here keeps this server out of its group until an operator decides; otherwise, as by default, it is refused
    /// and logged.
    /// </summary>
    public bool ArePeersProven { get; init; }

    /// <summary>
    /// Why an earlier life of the node takes no part any more, for the group's safety is broken; null where it does.
    /// </summary>
    internal string? BrokenSafety { get; init; }

    /// <summary>Where the state machine threw in an earlier life of the node; null where it did not.</summary>
    internal FailedEntries? FailedBefore { get; init; }

    /// <summary>
    /// The version of the library that the node announces. The simulation gives one that is the same in every build, for
    /// the bytes of its messages are part of a trace's hash.
    /// </summary>
    internal string Software { get; init; } = Protocol.Abilities.OwnSoftware;

    /// <summary>Shown each node as it is made; for the simulation, which looks and never touches.</summary>
    internal Action<RaftNode>? Observer { get; init; }

    private static UInt128 RandomIdentity()
    {
        Span<ulong> number = stackalloc ulong[2];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(number));
        return new UInt128(number[0], number[1]);
    }
}
