using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Node;

namespace Raft.Actors.Membership.Discovery;

/// <summary>
/// Reaches servers at the address where discovery sees them, and otherwise at their address in the configuration. So a group in
/// which most servers come back at other addresses can elect a leader, which then writes the new addresses down. An address is
/// a hint; messages name the server that they are meant for.
/// </summary>
internal sealed class DiscoveredPeerResolver(IPeerResolver inner) : IPeerResolver
{
    // Written by the discovery, read by the node and its candidates: one reference, replaced as a whole.
    private volatile ImmutableDictionary<ServerId, string> _addresses = ImmutableDictionary<ServerId, string>.Empty;

    public IActorRef Resolve(Server server) =>
        inner.Resolve(_addresses.TryGetValue(server.Id, out var address) && address != server.Address
            ? server with { Address = address }
            : server);

    /// <summary>Takes over the addresses of servers with state. If two claim one id, neither counts.</summary>
    public void Update(ImmutableArray<SeenServer> seen) =>
        _addresses = seen.Where(server => !server.IsEmpty && seen.Count(other => other.Id == server.Id) == 1)
            .ToImmutableDictionary(static server => server.Id, static server => server.Address);
}
