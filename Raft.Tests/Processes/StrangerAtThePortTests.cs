using System.Diagnostics;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Fuzz.Inputs;
using Raft.Tests.Infrastructure;
using Raft.Tests.Serialization;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>
/// What one stranger sends who knows all names, to hosts with and without TLS: it ends no group and fills no memory.
/// </summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class StrangerAtThePortTests(ITestOutputHelper output)
{
    private const int MiB = 1024 * 1024;

    private static readonly RaftMessageSerializer Serializer = new(null!, Samples.Codec);

    /// <summary>Akka.Remote's own timers run within a second or two: what they send is nobody's attack.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hosts_of_a_healthy_group_have_nothing_to_warn_of(bool tls)
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority, tls, size: 3);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(4);)
        {
            Assert.Equal(Known.Done, (await leader.Client.PutAsync("key", "value")).Outcome);
        }

        // Hosts that start at different moments miss one another at first.
        foreach (var host in cluster.Hosts)
        {
            Assert.DoesNotContain(
                host.Output.Split('\n'),
                static line => line.Contains(" WARN ", StringComparison.Ordinal) && !line.Contains(
                    " remoting: ", StringComparison.Ordinal));
            Assert.DoesNotContain(" ERROR ", host.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Terms_that_no_election_reaches_end_no_group(bool tls)
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority, tls, size: 3);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        foreach (var host in cluster.Hosts)
        {
            await using var connection = await RawConnection.OpenAsync(
                cluster.AddressOf(host).Port!.Value, tls ? authority : null);
            foreach (var from in new[] { "n1", "n2", "n3", "n4" })
            {
                foreach (var term in new[] { long.MaxValue, long.MaxValue - 1, 1L << 60 })
                {
                    var header = new PeerHeader(ProtocolVersion.Current, "kv", new ServerId(from), new ServerId(host.Id), term);
                    await SendAsync(connection, cluster, host, new AppendEntries(header, 1, 0, 0, [], 0));
                    await SendAsync(connection, cluster, host, new Heartbeat(header, 1));
                    await SendAsync(connection, cluster, host, new RequestVote(header, 1 << 20, term, true));
                    await SendAsync(connection, cluster, host, new RequestPreVote(header, 1 << 20, term));
                }
            }
        }

        // Another election and its leader: nobody has taken one of these terms for its own.
        leader.Kill();
        await cluster.LeaderAsync([.. cluster.Hosts.Where(host => host != leader)]);
        leader.Start();
        await cluster.EventuallyAsync(
            async () => Assert.Equal(Known.Done, (await leader.Client.PutAsync("after", "it")).Outcome));
        foreach (var host in cluster.Hosts)
        {
            Assert.InRange((await host.Client.StatusAsync())!.Term, 1, 1000);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Numbers_and_sizes_and_floods_fill_neither_memory_nor_log(bool tls)
    {
        using var directory = new TemporaryDirectory();
        using var authority = new Certificates("the group's authority");
        using var cluster = NewCluster(directory, authority, tls, size: 1);
        await cluster.StartAsync();
        var host = await cluster.LeaderAsync();
        var port = cluster.AddressOf(host).Port!.Value;
        var path = cluster.Addresses[0] + "/user/raft-kv";
        await using (var connection = await RawConnection.OpenAsync(port, tls ? authority : null))
        {
            var status = AkkaFrame.Payload(RaftMessageSerializer.FixedIdentifier, "q.s", [1]);
            var large = new byte[7 * MiB];
            large.AsSpan().Fill((byte)'\u001b');
            for (var time = 0; time < 20; time++)
            {
                await connection.SendAsync(AkkaFrame.Message(path, path, status, sequence: 8_000_000_000 + (ulong)time));
                await connection.SendAsync(AkkaFrame.Field(1, AkkaFrame.Field(1, AkkaFrame.Fixed64(1, 8_000_000_000))));
                await connection.SendAsync(
                    AkkaFrame.Message(path, path, AkkaFrame.Payload(RaftMessageSerializer.FixedIdentifier, "q.a", large)));
            }

            foreach (var manifest in new[] { "p.ae", "p.hb", "q.a", "r.a", "f.nl", "p.unknown", "q.unknown" })
            {
                for (var time = 0; time < 3000; time++)
                {
                    var malformed = AkkaFrame.Payload(
                        RaftMessageSerializer.FixedIdentifier, manifest, [(byte)time, (byte)(time >> 8), 0xFF]);
                    await connection.SendAsync(AkkaFrame.Message(path, path, malformed));
                }
            }
        }

        await cluster.EventuallyAsync(async () => Assert.Equal(Known.Done, (await host.Client.PutAsync("after", "it")).Outcome));
        using var process = Process.GetProcessById(host.ProcessId);
        output.WriteLine($"{process.PeakWorkingSet64 / MiB} MiB at most, {host.Output.Length} characters of log");
        Assert.InRange(process.PeakWorkingSet64, MiB, 768L * MiB);
        Assert.InRange(host.Output.Length, 1, 64 * 1024);
        Assert.DoesNotContain('\u001b', host.Output);
    }

    private static async Task SendAsync(RawConnection connection, HostCluster cluster, HostProcess host, object message)
    {
        var payload = AkkaFrame.Payload(
            RaftMessageSerializer.FixedIdentifier, Serializer.Manifest(message), Serializer.ToBinary(message));
        await connection.SendAsync(
            AkkaFrame.Message($"{cluster.AddressOf(host)}/user/raft-kv", "akka.tcp://stranger@127.0.0.1:1/user/x", payload));
    }

    private HostCluster NewCluster(TemporaryDirectory directory, Certificates authority, bool tls, int size) =>
        tls ? HostCluster.WithTls(output, directory, authority, size) : new HostCluster(output, size: size);
}
