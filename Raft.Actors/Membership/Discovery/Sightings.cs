using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Membership.Discovery;

/// <summary>
/// Which server was seen at which address, and for how long without a break. Bounded by the cluster's members.
/// </summary>
internal sealed class Sightings(TimeSpan fresh)
{
    private readonly SortedDictionary<string, Sighting> _byAddress = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ServerId> _lastAt = [];

    /// <summary>The servers that are seen now, in the order of their addresses.</summary>
    public ImmutableArray<SeenServer> Seen(TimeSpan now) =>
    [
        .. _byAddress.Values.Select(sighting => new SeenServer(
            sighting.Description.ServerId,
            sighting.Description.Address,
            now - sighting.Since,
            sighting.Description.IsEmpty,
            sighting.Description.Configuration)
        {
            BootstrapExpect = sighting.Description.BootstrapExpect,
            PledgedTo = sighting.Description.PledgedTo,
        }),
    ];

    /// <summary>A server said who it is. Believed only of a member of the cluster.</summary>
    public void Add(ServerDescription description, ClusterView view, TimeSpan now)
    {
        if (!view.Members.Any(member => member.Address == description.Address))
        {
            return;
        }

        var since = _byAddress.TryGetValue(description.Address, out var before)
            && before.Description.ServerId == description.ServerId
                ? before.Since
                : now;
        _byAddress[description.Address] = new Sighting(description, since, now);
        _lastAt[description.Address] = description.ServerId;
    }

    /// <summary>Forgets those that have left, are unreachable or have fallen silent.</summary>
    public void Update(ClusterView view, TimeSpan now)
    {
        foreach (var (address, sighting) in _byAddress.ToArray())
        {
            if (now - sighting.HeardAt > fresh || !view.Members.Any(member => member.Address == address && member.IsReachable))
            {
                _byAddress.Remove(address);
            }
        }

        foreach (var gone in _lastAt.Keys.Where(address => view.Members.All(member => member.Address != address)).ToArray())
        {
            _lastAt.Remove(gone);
        }
    }

    /// <summary>
    /// Unreachable members whose server is now seen at another address. A process never changes its address, so the process at
    /// the old address has certainly ended. Only such a member may be downed without the risk of cutting off one that lives on
    /// the other side of a partition.
    /// </summary>
    public ImmutableArray<string> Superseded(ClusterView view) =>
    [
        .. view.Members
            .Where(member => !member.IsReachable
                && _lastAt.TryGetValue(member.Address, out var id)
                && _byAddress.Values.Any(sighting =>
                    sighting.Description.ServerId == id && sighting.Description.Address != member.Address))
            .Select(static member => member.Address),
    ];

    private sealed record Sighting(ServerDescription Description, TimeSpan Since, TimeSpan HeardAt);
}
