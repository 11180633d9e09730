using System.Diagnostics;
using System.Globalization;
using System.Net;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.Membership;
using Raft.Benchmarks.Failover;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Peers;

/// <summary>
/// One server of DotNext.Net.Cluster over TCP in a process of its own; it answers the commands that
/// <see cref="BenchmarkNode"/> does.
/// </summary>
internal sealed class DotNextNode
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseWithoutLeader = TimeSpan.FromMilliseconds(20);

    private readonly RaftCluster _cluster;
    private readonly DotNextCounter _counter;
    private readonly CommitProbe _probe;

    private DotNextNode(RaftCluster cluster, DotNextCounter counter)
    {
        _cluster = cluster;
        _counter = counter;
        _probe = new CommitProbe(TryCommitAsync);
    }

    private bool Leads => !_cluster.LeadershipToken.IsCancellationRequested;

    /// <summary>
    /// Arguments: the directory, the server's number, the bounds of its election timeouts, and the ports of all.
    /// </summary>
    public static async Task<int> RunAsync(string[] options)
    {
        var numbers = options[1..].Select(static text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        var servers = numbers[3..].Select(static port => new IPEndPoint(IPAddress.Loopback, port)).ToArray();
        var configuration = new RaftCluster.TcpConfiguration(servers[numbers[0]])
        {
            ColdStart = false,
            ConfigurationStorage = null!,
            LowerElectionTimeout = numbers[1],
            UpperElectionTimeout = numbers[2],
        };
        var members = ((InMemoryClusterConfigurationStorage<EndPoint>)configuration.ConfigurationStorage)
            .CreateInitialConfigurationBuilder();
        Array.ForEach(servers, server => members.Add(server));
        members.Build();

        var counter = new DotNextCounter();
        await using var log = new DotNextLog(options[0], counter);
        await using var cluster = new RaftCluster(configuration) { AuditTrail = log };
        await cluster.StartAsync(CancellationToken.None);
        var node = new DotNextNode(cluster, counter);
        while (await Console.In.ReadLineAsync() is { } line && line != "quit")
        {
            Console.WriteLine(await node.AnswerAsync(line.Split(' ')));
        }

        await cluster.StopAsync(CancellationToken.None);
        return 0;
    }

    private async Task<string> AnswerAsync(string[] command) => command switch
    {
        ["status"] => new NodeStatus(Leads ? "Leader" : "Follower", _cluster.Term, 0, _counter.Count, 0, 0).Encode(),
        ["mixed", var clients, var bytes, var reads, var warmUp, var seconds] =>
            (await LoadAsync(Parse(clients), Parse(bytes), Parse(reads), Parse(warmUp), Parse(seconds))).Encode(),
        ["probe"] => _probe.Start(),
        ["probed"] => await _probe.FirstAsync(),
        _ => $"unknown command {command[0]}",
    };

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private async Task<WorkloadResult> LoadAsync(int clients, int bytes, int percentReads, int warmUp, int seconds)
    {
        var measureFrom = Stopwatch.GetTimestamp() + (warmUp * Stopwatch.Frequency);
        var end = measureFrom + (seconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(Enumerable.Range(0, clients).Select(client =>
            Task.Run(() => RunClientAsync(new Mix(client, percentReads), new byte[bytes], measureFrom, end))));
        return WorkloadResult.Of(
            results.SelectMany(static result => result.Latencies),
            results.Sum(static result => result.Failures),
            Stopwatch.GetElapsedTime(measureFrom).TotalSeconds);
    }

    private async Task<ClientResult> RunClientAsync(Mix mix, byte[] command, long measureFrom, long end)
    {
        var latencies = new List<double>();
        var failures = 0L;
        for (var sentAt = Stopwatch.GetTimestamp(); sentAt < end; sentAt = Stopwatch.GetTimestamp())
        {
            try
            {
                if (mix.NextIsRead())
                {
                    await _cluster.ApplyReadBarrierAsync(ReadBarrierType.Strong);
                    _ = _counter.Count;
                }
                else
                {
                    await _cluster.ReplicateAsync(command);
                }

                if (sentAt >= measureFrom)
                {
                    latencies.Add(Stopwatch.GetElapsedTime(sentAt).TotalMilliseconds);
                }
            }
            catch (Exception failure)
            when (failure is InvalidOperationException or OperationCanceledException or TimeoutException
                or QuorumUnreachableException)
            {
                failures++;
                if (!Leads)
                {
                    await Task.Delay(PauseWithoutLeader);
                }
            }
        }

        return new ClientResult(latencies, failures);
    }

    private async Task<bool> TryCommitAsync(byte[] command)
    {
        if (!Leads)
        {
            return false;
        }

        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await _cluster.ReplicateAsync(command, token: patience.Token);
            return true;
        }
        catch (Exception failure)
            when (failure is InvalidOperationException or OperationCanceledException or TimeoutException
                or QuorumUnreachableException)
        {
            return false;
        }
    }
}
