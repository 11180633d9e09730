using System.Collections.Frozen;

namespace Raft.Actors.Hosting.Door;

/// <summary>What the members of an Akka cluster send one another, and where.</summary>
internal static class ClusterTraffic
{
    /// <summary>
    /// The manifests. Not among them: Leave and Down, which a member is told by its own process only; and router pools, which
    /// hold payloads of any serializer.
    /// </summary>
    private static readonly FrozenSet<string> Manifests = new[]
    {
        "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+Welcome, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoin, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoinAck, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+InitJoinNack, Akka.Cluster",
        "Akka.Cluster.InternalClusterAction+ExitingConfirmed, Akka.Cluster",
        "Akka.Cluster.ClusterHeartbeatSender+Heartbeat, Akka.Cluster",
        "Akka.Cluster.ClusterHeartbeatSender+HeartbeatRsp, Akka.Cluster",
        "HB",
        "HBR",
        "Akka.Cluster.GossipStatus, Akka.Cluster",
        "Akka.Cluster.GossipEnvelope, Akka.Cluster",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Paths =
        new[] { "/system/cluster/core/daemon", "/system/cluster/heartbeatReceiver" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether the members send a message of this manifest.</summary>
    /// <param name="manifest">The manifest, of at most <see cref="PayloadRules.MaxManifestBytes"/> bytes.</param>
    public static bool Sends(ReadOnlySpan<byte> manifest)
    {
        Span<char> name = stackalloc char[PayloadRules.MaxManifestBytes];
        for (var place = 0; place < manifest.Length; place++)
        {
            name[place] = (char)manifest[place];
        }

        return Manifests.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name[..manifest.Length]);
    }

    /// <summary>Whether the members speak to this path of one another.</summary>
    public static bool GoesTo(ReadOnlySpan<char> path) => Paths.GetAlternateLookup<ReadOnlySpan<char>>().Contains(path);
}
