using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Membership.Discovery;

/// <summary>
/// The configuration with which a group begins (Consul's bootstrap-expect): exactly as many empty servers as are expected, and
/// no server in sight that has data.
/// </summary>
/// <remarks>
/// The plan is a proposal and no more. That two servers which see different halves of a cluster do not both begin rests on the
/// pledges (<see cref="Protocol.PledgeBootstrap"/>), not on what is seen.
/// </remarks>
/// <param name="Configuration">The configuration; null if the group is not to begin now.</param>
/// <param name="Waits">What it waits for; empty if there is a configuration.</param>
internal sealed record BootstrapPlan(Configuration? Configuration, string Waits)
{
    /// <summary>The server that writes it down: the first by its id.</summary>
    public ServerId Coordinator => Configuration is { } configuration ? configuration.Servers[0].Id : default;

    /// <summary>Makes the plan of a server.</summary>
    /// <param name="expect">How many servers it expects.</param>
    /// <param name="view">The cluster.</param>
    /// <param name="seen">The servers that were seen, this one too.</param>
    public static BootstrapPlan Make(int expect, ClusterView view, ImmutableArray<SeenServer> seen)
    {
        if (view.Members.FirstOrDefault(member =>
            !member.IsReachable || seen.All(server => server.Address != member.Address)) is { } unknown)
        {
            return Wait($"{unknown.Address} to say who it is");
        }

        if (seen.FirstOrDefault(static server => !server.IsEmpty) is { } full)
        {
            return Wait($"the group to add this server, for {full.Id} at {full.Address} has state");
        }

        // Servers that expect no others wait to be added.
        var candidates = seen
            .Where(static server => server.BootstrapExpect > 0)
            .OrderBy(static server => server.Id.Value, StringComparer.Ordinal)
            .ToArray();
        if (candidates.FirstOrDefault(server => server.BootstrapExpect != expect) is { } other)
        {
            return Wait(
                $"one number: {other.Id} at {other.Address} expects {other.BootstrapExpect} servers, this one {expect} "
                + "(raft.discovery.bootstrap-expect)");
        }

        if (candidates.GroupBy(static server => server.Id).FirstOrDefault(static same => same.Count() > 1) is { } twice)
        {
            var addresses = string.Join(", ", twice.Select(static server => server.Address));
            return Wait($"one of those that all call themselves {twice.Key} to go: {addresses}");
        }

        return candidates.Length == expect
            ? new BootstrapPlan(
                new Configuration([.. candidates.Select(static server => new Server(server.Id, server.Address))]), string.Empty)
            : Wait(
                $"exactly {expect} empty servers; there are {candidates.Length}: "
                + string.Join(", ", candidates.Select(static server => server.Id)));
    }

    private static BootstrapPlan Wait(string what) => new(null, what);
}
