using System.Globalization;
using Akka.Actor;
using Raft.Actors.Hosting;
using Raft.Actors.Protocol;
using Raft.Tests.Hosting.Door;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A stranger who reaches the port of a host, and what the host makes of what he sends.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class HostileMessagesTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Akka's serializers for which Akka.NET looks for the type that a manifest names.</summary>
    private static readonly int[] Serializers = [0, 1, 2, 3, 4, 6, 7, 8, 22];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_type_nested_so_deep_that_its_name_overflows_the_stack_ends_no_process(bool tls)
    {
        const int Depth = 30_000;
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority, tls);
        await cluster.StartAsync();
        var host = await cluster.LeaderAsync();
        var process = host.ProcessId;
        var secured = tls ? TlsOf(directory, authority) : string.Empty;
        var stranger = Stranger.Start(
            secured + Forgery.Hocon + "akka.remote.dot-netty.tcp { maximum-frame-size = 8MiB, send-buffer-size = 8MiB }",
            RaftRemoting.Defaults);
        try
        {
            const string List = "System.Collections.Generic.List`1[[";
            var name = $"{string.Concat(Enumerable.Repeat(List, Depth))}System.Int32{new string(']', 2 * Depth)}";
            foreach (var serializer in Serializers)
            {
                To("/user/nobody").Tell(new Forgery(serializer, name, [1]));
            }

            Assert.IsType<LeaderInfo>(await To("/user/raft-kv").Ask<object>(new GetLeader(), Patience));
            Assert.False(host.HasExited);
            Assert.Equal(process, host.ProcessId);
            Assert.Equal(Known.Done, (await host.Client.PutAsync("after", "it")).Outcome);
            var line = Assert.Single(
                host.Output.Split('\n'), static line => line.Contains("refused a message", StringComparison.Ordinal));
            Assert.DoesNotContain(List + List + List, line, StringComparison.Ordinal);
        }
        finally
        {
            await stranger.Terminate();
        }

        IActorRef To(string path) => ((ExtendedActorSystem)stranger).Provider.ResolveActorRef(cluster.Addresses[0] + path);
    }

    /// <summary>Without certificates nobody knows who speaks; what can be known is that nobody asked.</summary>
    [Fact]
    public async Task Answers_in_a_members_name_to_names_that_can_be_guessed_elect_depose_and_end_nobody()
    {
        using var cluster = new HostCluster(output);
        await cluster.StartAsync();
        var host = await cluster.LeaderAsync();
        Assert.Equal(Known.Done, (await host.Client.PutAsync("before", "it")).Outcome);
        var processes = cluster.Hosts.Select(static member => member.ProcessId).ToArray();
        using var stranger = Stranger.Start();
        var before = new List<RaftStatus>();
        foreach (var address in cluster.Addresses)
        {
            before.Add(await To(address, "/user/raft-kv").Ask<RaftStatus>(new GetStatus(), Patience));
        }

        foreach (var receiver in before)
        {
            var address = cluster.Addresses[int.Parse(receiver.ServerId.Value[1..], CultureInfo.InvariantCulture) - 1];
            foreach (var sender in before.Where(other => other != receiver))
            {
                var header = new PeerHeader(ProtocolVersion.Current, "kv", sender.ServerId, receiver.ServerId, receiver.Term)
                {
                    Identity = new PeerIdentity(receiver.Identity, sender.Journal, receiver.Journal),
                };
                var name = $"{sender.ServerId}-{receiver.Term}";
                foreach (var path in new[]
            {
                "", "/node", $"/node/replicator-{name}", $"/node/heartbeat-{name}",
                $"/node/snapshot-{name}-1", $"/node/probe-{name}",
            })
                {
                    foreach (var answer in Answers(header))
                    {
                        To(address, "/user/raft-kv" + path).Tell(answer);
                    }
                }
            }
        }

        Assert.Equal(Known.Done, (await host.Client.PutAsync("after", "it")).Outcome);
        foreach (var (address, known) in cluster.Addresses.Zip(before))
        {
            // On the same connection, behind all of it.
            var after = await To(address, "/user/raft-kv").Ask<RaftStatus>(new GetStatus(), Patience);
            Assert.Equal((known.Role, known.Term, known.LeaderId), (after.Role, after.Term, after.LeaderId));
        }

        Assert.Equal(processes, cluster.Hosts.Select(static member => member.ProcessId));
        await cluster.EventuallyAsync(() =>
        {
            Assert.All(
                cluster.Hosts,
                static member => Assert.Contains("asked nobody to answer there", member.Output, StringComparison.Ordinal));
            return Task.CompletedTask;
        });
        Assert.All(cluster.Hosts, static member =>
        {
            Assert.False(member.HasExited);
            Assert.DoesNotContain("starts again in", member.Output, StringComparison.Ordinal);
            Assert.InRange(
                member.Output.Split('\n')
                    .Count(static line => line.Contains("asked nobody to answer there", StringComparison.Ordinal)),
                1,
                4);
        });

        IActorRef To(string address, string path) => ((ExtendedActorSystem)stranger).Provider.ResolveActorRef(address + path);
    }

    private static IEnumerable<IPeerMessage> Answers(PeerHeader header)
    {
        for (var term = header.Term; term < header.Term + 3; term++)
        {
            var now = header with { Term = term };
            yield return new PreVoteResponse(now, term, Granted: true);
            yield return new VoteResponse(now, Granted: true);
            yield return new HeartbeatResponse(now, 1);
            yield return new AppendEntriesResponse(now, 1, true, 1_000_000, 0, 0);
            yield return new AppendEntriesResponse(now, 1, false, 0, 1, 1);
            yield return new InstallSnapshotResponse(now, 1, InstallStatus.Installed, 0);
            yield return new PledgeResponse(now, null);
        }
    }

    [Fact]
    public async Task The_host_has_a_second_fence_where_the_door_is_taken_away()
    {
        const string Open = "\nraft.door.enabled = off\n";
        using var cluster = new HostCluster(
            output, static options => options with { Configuration = options.Configuration + Open }, size: 1);
        await cluster.StartAsync();
        var host = await cluster.LeaderAsync();
        var address = cluster.Addresses[0];
        using var stranger = Stranger.Start();
        var raft = (IInternalActorRef)((ExtendedActorSystem)stranger).Provider.ResolveActorRef(address + "/user/raft-kv");
        Assert.IsType<LeaderInfo>(await raft.Ask<object>(new GetLeader(), Patience));
        raft.Tell(PoisonPill.Instance);
        raft.Stop();
        stranger.ActorSelection(address + "/user/raft-kv").Tell(PoisonPill.Instance);
        stranger.ActorSelection(address + "/user/raft-kv/*").Tell(PoisonPill.Instance);
        stranger.ActorSelection(address + "/user").Tell(PoisonPill.Instance);

        // On the same connection, behind all of it.
        Assert.IsType<LeaderInfo>(await raft.Ask<object>(new GetLeader(), Patience));
        Assert.Equal(Known.Done, (await host.Client.PutAsync("after", "it")).Outcome);
        await stranger.Terminate();
    }

    private HostCluster NewCluster(TemporaryDirectory directory, Certificates authority, bool tls) =>
        tls ? HostCluster.WithTls(output, directory, authority, size: 1) : new HostCluster(output, size: 1);

    // The stranger itself trusts everybody.
    private static string TlsOf(TemporaryDirectory directory, Certificates authority) =>
        Certificates.Settings(authority.WriteServer(directory["stranger.pfx"]), suppress: true);
}
