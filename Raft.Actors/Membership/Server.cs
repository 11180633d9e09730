namespace Raft.Actors.Membership;

/// <summary>What a server may do in a configuration (hashicorp/raft's <c>ServerSuffrage</c>).</summary>
public enum Suffrage : byte
{
    /// <summary>Votes in elections and counts towards the quorum that commits an entry.</summary>
    Voter = 0,

    /// <summary>Receives the log and applies it, but never votes, never campaigns and never counts (a learner).</summary>
    Nonvoter = 1,
}

/// <summary>One member of a Raft group.</summary>
/// <param name="Id">The server's identity. It never changes, whatever address the server runs at.</param>
/// <param name="Address">
/// Where the server's actor system listens, as an Akka address such as <c>akka.tcp://raft@10.0.0.1:4053</c>.
/// An address is a hint for reaching the server and never a proof of who it is.
/// </param>
/// <param name="Suffrage">Whether the server votes.</param>
public sealed record Server(ServerId Id, string Address, Suffrage Suffrage = Suffrage.Voter)
{
    /// <inheritdoc />
    public override string ToString() =>
        Suffrage == Suffrage.Voter ? $"{Id}@{Address}" : $"{Id}@{Address} (nonvoter)";
}
