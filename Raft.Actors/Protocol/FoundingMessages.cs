using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// An empty server that was told to begin a group asks the founder to do it. Not answered: the founder asks for pledges, if it
/// may.
/// </summary>
/// <param name="Header">The term is 1.</param>
/// <param name="Configuration">The group's first configuration.</param>
public sealed record RequestFounding(PeerHeader Header, Configuration Configuration) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The founder of a group asks an empty server to leave the beginning to it. The pledge is a vote in term 1, in which no server
/// leads. It is durable, given once, and never taken back. A founder that has the pledges of all voters of a configuration may
/// write that configuration as the group's first. So no two configurations that share a server can both begin. Answered by
/// <see cref="PledgeResponse"/>.
/// </summary>
/// <param name="Header">The term is 1.</param>
/// <param name="Configuration">The group's first configuration.</param>
public sealed record RequestPledge(PeerHeader Header, Configuration Configuration) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The answer to <see cref="RequestPledge"/>; a pledge is durable before it leaves, and its header names the journal that gave
/// it.
/// </summary>
/// <param name="Header">The term is the answering server's own.</param>
/// <param name="Refusal">Why the server does not pledge itself; null if it has pledged itself.</param>
public sealed record PledgeResponse(PeerHeader Header, string? Refusal) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The founder has all pledges, and the group's first entry is on its disk: each server that pledged itself may write the same
/// one, so that any of them can lead. Not answered: a server that misses it gets the entry from the first leader.
/// </summary>
/// <param name="Header">The term is 1.</param>
/// <param name="Configuration">The first configuration, with the group's identity and the voters' journals.</param>
public sealed record BeginGroup(PeerHeader Header, Configuration Configuration) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}
