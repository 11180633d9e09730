using Raft.Benchmarks.Compare;
using Raft.Benchmarks.Endurance;
using Raft.Benchmarks.Failover;
using Raft.Benchmarks.Flood;
using Raft.Benchmarks.Hops;
using Raft.Benchmarks.Load;
using Raft.Benchmarks.Micro;
using Raft.Benchmarks.Peers;
using Raft.Benchmarks.Processes;
using Raft.Benchmarks.Snapshots;

// Whatever ends this process, the servers that it started end with it.
using var end = args is ["node" or "dotnext-node" or "hog", ..] ? null : ProcessGroup.EndWithThisProcess();
try
{
    return args switch
    {
        ["compare", .. var options] => await CompareCommand.RunAsync(options),
        ["failover", .. var options] => await FailoverCommand.RunAsync(options),
        ["hops", .. var options] => await HopsCommand.RunAsync(options),
        ["micro", .. var options] => MicroCommand.Run(options),
        ["rest", .. var options] => await RestCommand.RunAsync(options),
        ["steady", .. var options] => await SteadyCommand.RunAsync(options),
        ["soak", .. var options] => await SoakCommand.RunAsync(options),
        ["load", .. var options] => await LoadCommand.RunAsync(options),
        ["reads", .. var options] => await ReadsCommand.RunAsync(options),
        ["flood", .. var options] => await FloodCommand.RunAsync(options),
        ["longrun", .. var options] => await LongRunCommand.RunAsync(options),
        ["snapshot", .. var options] => await SnapshotCommand.RunAsync(options),
        ["node", .. var options] => await BenchmarkNode.RunAsync(options),
        ["hog", .. var options] => await SteadyCommand.HogAsync(options),
        ["dotnext-node", .. var options] => await DotNextNode.RunAsync(options),
        _ => Usage(),
    };
}
catch (UsageException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: dotnet run -c Release --project Raft.Benchmarks -- COMMAND [--directory DIR] [--journal sql|segments]

          compare   our servers and DotNext's under the same loads, in turn: medians, the ratio ours/theirs, JSON and SVG files
                    [--workloads usual|curve|KEY,KEY] [--seconds S] [--warm-up S] [--rounds N] [--nodes 3|5] [--output PATH]
                    [--against EXECUTABLE: another build of these benchmarks in DotNext's place] [--hocon TEXT]
          failover  kill -9 of the leader until the next commit, ours and DotNext's, with 150-300 ms and with 1-2 s
                    [--times N] [--only PART-OF-NAME]
          hops      one Apply step by step: microseconds and bytes allocated, and what a command costs each process [--seconds S]
          micro     BenchmarkDotNet on the parts that need no disk and no network: serializers, log, batches, quorum, reads
                    [--filter GLOB]
          rest      what an idle group of three takes, and a process with many groups [--seconds S] [--groups N] [--hocon TEXT]
          steady    changes of the leader while other programs keep all cores busy, under load [--minutes M] [--hogs N]
          soak      half of peak for a long time: throughput, latency, memory and files [--minutes M]
          load      three processes over Akka.Remote on loopback, an fsync per commit, clients in the leader's process;
                    ops/s, p50 and p99 of each workload [--seconds S]
          reads     64 readers of each consistency beside 64 writers, on one server and on several at once [--seconds S]
          flood     commands told without waiting to a leader with a slow disk: answers, memory, heartbeats and health after it
                    [--commands N] [--bytes 1KiB] [--write-time MILLISECONDS] [--mailbox bounded|unbounded]
          longrun   millions of entries into a small state: memory and files over time, and the time to start in the
                    end [--entries N] [--servers N]
          snapshot  a large key-value state: a snapshot of it under load, and its installation on an empty follower, with
                    latencies and memory [--size 1GiB] [--value 4KiB] [--seconds S]
        """);
    return 2;
}
