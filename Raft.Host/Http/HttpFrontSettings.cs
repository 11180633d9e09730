using System.Collections.Immutable;
using System.Net;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>The settings of one node's HTTP front.</summary>
internal sealed record HttpFrontSettings
{
    /// <summary>Where it listens.</summary>
    public required HttpEndpoint Endpoint { get; init; }

    /// <summary>The group's name, for the path of the leader's node.</summary>
    public required string Group { get; init; }

    /// <summary>The time within which each request is answered.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a follower does with a request that only the leader can do.</summary>
    public WritesOnFollower WritesOnFollower { get; init; } = WritesOnFollower.Forward;

    /// <summary>The servers' HTTP addresses, to redirect to.</summary>
    public ImmutableDictionary<string, Uri> HttpAddresses { get; init; } = ImmutableDictionary<string, Uri>.Empty;

    /// <summary>The names by which clients reach this server, besides loopback names and addresses.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>How much of this server clients may use.</summary>
    public HttpLimits Limits { get; init; } = new();

    /// <summary>How long an unused client session lives; <c>raft.sessions.timeout</c>.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromMinutes(10);

    public static HttpFrontSettings Create(NodeConfiguration configuration) => new()
    {
        Endpoint = configuration.Host.Http,
        Group = configuration.Raft.Group,
        RequestTimeout = configuration.Host.RequestTimeout,
        WritesOnFollower = configuration.Host.WritesOnFollower,
        HttpAddresses = configuration.Host.HttpAddresses,
        Names =
        [
            .. configuration.Host.AllowedHosts,
            .. configuration.Host.HttpAddresses.Values.Select(static address => address.IdnHost),
            configuration.PublicHost,
            Dns.GetHostName(),
        ],
        Limits = configuration.Host.HttpLimits,
        SessionTimeout = configuration.Raft.Sessions.Timeout,
    };
}
