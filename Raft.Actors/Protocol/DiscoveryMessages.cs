using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Asks who a server is. Send it to <c>/user/raft-{group}-discovery</c>, which answers <see cref="ServerDescription"/>. It does
/// not answer while its node does not run.
/// </summary>
public sealed record DescribeServer : IRaftRequest;

/// <summary>Who a server is, for discovery. It is a hint: nothing rests on it.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Address">Its address, as it says.</param>
/// <param name="BootstrapExpect">Its <c>raft.discovery.bootstrap-expect</c>.</param>
/// <param name="IsEmpty">Whether it has no log, knows no configuration, and has done no more than pledge itself
/// (<see cref="PledgeBootstrap"/>).</param>
/// <param name="Configuration">The configuration in force there.</param>
public sealed record ServerDescription(
    ServerId ServerId, string Address, int BootstrapExpect, bool IsEmpty, Configuration Configuration) : IRaftReply
{
    /// <summary>Of an empty server: the coordinator that has its pledge; none if it has not pledged itself.</summary>
    public ServerId PledgedTo { get; init; }
}

/// <summary>
/// Asks an empty server to leave the beginning of the group to another server. The pledge is a vote in term 1, in which no
/// server leads. It is durable, given once, and never taken back. A coordinator that has the pledges of all servers of a
/// configuration, its own among them, may write that configuration as the group's first. So no two configurations that share a
/// server can both begin. Answered by <see cref="BootstrapPledged"/> when it is durable, or by
/// <see cref="ConfigurationRefused"/>.
/// </summary>
/// <param name="Coordinator">The server that will begin the group.</param>
/// <param name="Configuration">The first configuration; the server must see the same.</param>
public sealed record PledgeBootstrap(ServerId Coordinator, Configuration Configuration) : IRaftRequest;

/// <summary>The server has pledged itself, durably.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Coordinator">The coordinator that has the pledge.</param>
public sealed record BootstrapPledged(ServerId ServerId, ServerId Coordinator) : IRaftReply;
