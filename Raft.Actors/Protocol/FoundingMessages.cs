using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>An empty server that was told to begin a group asks the one that is to do it. Not answered: the founder asks for pledges, if it may.</summary>
/// <param name="Header">The term is 1.</param>
/// <param name="Configuration">What the group is to begin with.</param>
public sealed record RequestFounding(PeerHeader Header, Configuration Configuration) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The server that is to begin a group asks an empty server to leave that to it. The pledge is a vote in term 1, in which nobody leads: durable, one
/// for each server, and for ever. A founder that has the pledges of all voters of a configuration may write it down as the first, so that no
/// two configurations that share a server can both begin. Answered by <see cref="PledgeResponse"/>.
/// </summary>
/// <param name="Header">The term is 1.</param>
/// <param name="Configuration">What the group is to begin with.</param>
public sealed record RequestPledge(PeerHeader Header, Configuration Configuration) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>The answer to <see cref="RequestPledge"/>; a pledge is durable before it leaves, and its header names the journal that gave it.</summary>
/// <param name="Header">The term is the answering server's own.</param>
/// <param name="Refusal">Why the server does not pledge itself; null where it has.</param>
public sealed record PledgeResponse(PeerHeader Header, string? Refusal) : IPeerAnswer
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}

/// <summary>
/// The founder has all pledges, and the group's first entry is on its disk: each server that pledged itself may write the same one, so that any of
/// them can lead. Not answered; who does not get it is sent the entry by the first leader.
/// </summary>
/// <param name="Header">The term is 1.</param>
/// <param name="Configuration">The first configuration, with the group's identity and the voters' journals.</param>
public sealed record BeginGroup(PeerHeader Header, Configuration Configuration) : IPeerMessage
{
    /// <inheritdoc />
    public IPeerMessage With(PeerHeader header) => this with { Header = header };
}
