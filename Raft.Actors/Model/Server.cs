namespace Raft.Actors.Model;

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
    /// <summary>
    /// The journal that the server's vote belongs to; none in a group without an identity, and of a server that has not voted
    /// with its present journal.
    /// </summary>
    public JournalIdentity Journal { get; init; }

    /// <summary>
    /// Of a nonvoter: it was a voter and lost its journal, and the leader gives it its vote back when it has been filled up.
    /// </summary>
    public bool RegainsVote { get; init; }

    /// <inheritdoc />
    public override string ToString() =>
        Suffrage == Suffrage.Voter ? $"{Id}@{Address}" : $"{Id}@{Address} (nonvoter)";
}
