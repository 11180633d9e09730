using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Node;

namespace Raft.Actors.Membership.Discovery;

/// <summary>
/// Reaches servers where discovery sees them, and at their address in the configuration where it does not: so that a group of
/// which most servers come back elsewhere can elect a leader, which then writes the new addresses down. An address is a hint;
/// messages name the server that they are meant for.
/// </summary>
internal sealed class DiscoveredPeerResolver(IPeerResolver inner) : IPeerResolver
{
    // Written by the discovery, read by the node and its candidates: one reference, replaced as a whole.
    private volatile ImmutableDictionary<ServerId, string> _addresses = ImmutableDictionary<ServerId, string>.Empty;

    public IActorRef Resolve(Server server) =>
        inner.Resolve(_addresses.TryGetValue(server.Id, out var address) && address != server.Address
            ? server with { Address = address }
            : server);

    /// <summary>Takes over where servers with state are seen; of two that claim one id neither counts.</summary>
    public void Update(ImmutableArray<SeenServer> seen) =>
        _addresses = seen.Where(server => !server.IsEmpty && seen.Count(other => other.Id == server.Id) == 1)
            .ToImmutableDictionary(static server => server.Id, static server => server.Address);
}
