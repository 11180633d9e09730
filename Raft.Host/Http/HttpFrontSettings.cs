using System.Collections.Immutable;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>What the HTTP front of one node is set to.</summary>
internal sealed record HttpFrontSettings
{
    /// <summary>Where it listens.</summary>
    public required HttpEndpoint Endpoint { get; init; }

    /// <summary>The group's name, for the path of the leader's node.</summary>
    public required string Group { get; init; }

    /// <summary>Each request is answered within this.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What becomes of what only the leader can do.</summary>
    public WritesOnFollower WritesOnFollower { get; init; } = WritesOnFollower.Forward;

    /// <summary>The servers' HTTP addresses, to redirect to.</summary>
    public ImmutableDictionary<string, Uri> HttpAddresses { get; init; } = ImmutableDictionary<string, Uri>.Empty;

    public static HttpFrontSettings Create(NodeConfiguration configuration) => new()
    {
        Endpoint = configuration.Host.Http,
        Group = configuration.Raft.Group,
        RequestTimeout = configuration.Host.RequestTimeout,
        WritesOnFollower = configuration.Host.WritesOnFollower,
        HttpAddresses = configuration.Host.HttpAddresses,
    };
}
