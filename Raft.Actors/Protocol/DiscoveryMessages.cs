using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Asks who a server is. To be sent to <c>/user/raft-{group}-discovery</c>, which answers with <see cref="ServerDescription"/>, and not at all while its node does not run.
/// </summary>
public sealed record DescribeServer : IRaftRequest;

/// <summary>Who a server is, for those who discover it. A hint: nothing in it binds anybody.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Address">Where it is, by its own word.</param>
/// <param name="BootstrapExpect">Its <c>raft.discovery.bootstrap-expect</c>.</param>
/// <param name="IsEmpty">Whether it has no log, knows no configuration, and has done no more than pledge itself (<see cref="PledgeBootstrap"/>).</param>
/// <param name="Configuration">The configuration in force there.</param>
public sealed record ServerDescription(ServerId ServerId, string Address, int BootstrapExpect, bool IsEmpty, Configuration Configuration) : IRaftReply
{
    /// <summary>Of an empty server: to whom it has pledged itself; none where to nobody.</summary>
    public ServerId PledgedTo { get; init; }
}

/// <summary>
/// Asks an empty server to leave the beginning of the group to another one. The pledge is a vote in term 1, in which nobody leads: durable, one for each server, and for ever. A
/// coordinator that has the pledges of all servers of a configuration, its own among them, may write it down as the first; so no two configurations that share a server can
/// both begin. Answered by <see cref="BootstrapPledged"/> when it is durable, or by <see cref="ConfigurationRefused"/>.
/// </summary>
/// <param name="Coordinator">The server that is to begin.</param>
/// <param name="Configuration">What it is to begin with; the server must see the same.</param>
public sealed record PledgeBootstrap(ServerId Coordinator, Configuration Configuration) : IRaftRequest;

/// <summary>The server has pledged itself, durably.</summary>
/// <param name="ServerId">The server.</param>
/// <param name="Coordinator">To whom.</param>
public sealed record BootstrapPledged(ServerId ServerId, ServerId Coordinator) : IRaftReply;
