using System.Text;
using Raft.Actors.Hosting.Door;
using Xunit;

namespace Raft.Tests.Hosting.Door;

public sealed class ClusterTrafficTests
{
    [Theory]
    [InlineData("HB", true)]
    [InlineData("Akka.Cluster.GossipStatus, Akka.Cluster", true)]
    [InlineData("akka.cluster.GossipStatus, Akka.Cluster", false)]
    [InlineData("Akka.Cluster.ClusterUserAction+Down, Akka.Cluster", false)]
    [InlineData("", false)]
    public void Members_send_what_is_listed(string manifest, bool isSent) =>
        Assert.Equal(isSent, ClusterTraffic.Sends(Encoding.UTF8.GetBytes(manifest)));

    [Fact]
    public void The_longest_manifest_can_be_looked_up() =>
        Assert.False(ClusterTraffic.Sends(new byte[PayloadRules.MaxManifestBytes]));

    [Theory]
    [InlineData("/system/cluster/core/daemon", true)]
    [InlineData("/system/cluster/heartbeatReceiver", true)]
    [InlineData("/system/cluster/core", false)]
    [InlineData("/system/cluster/core/daemon/x", false)]
    public void They_speak_to_these_actors(string path, bool isTheirs) => Assert.Equal(isTheirs, ClusterTraffic.GoesTo(path));
}
