using Raft.Benchmarks.Load;
using Raft.Benchmarks.Processes;
using Raft.Benchmarks.Snapshots;

try
{
    return args switch
    {
        ["load", .. var options] => await LoadCommand.RunAsync(options),
        ["reads", .. var options] => await ReadsCommand.RunAsync(options),
        ["longrun", .. var options] => await LongRunCommand.RunAsync(options),
        ["snapshot", .. var options] => await SnapshotCommand.RunAsync(options),
        ["node", .. var options] => await BenchmarkNode.RunAsync(options),
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

          load      three processes over Akka.Remote on loopback, an fsync per commit, clients in the leader's process;
                    ops/s, p50 and p99 of each workload [--seconds S]
          reads     64 readers of each consistency beside 64 writers, on one server and on several at once [--seconds S]
          longrun   millions of entries into a small state: memory and files over time, and the time to start in the
                    end [--entries N] [--servers N]
          snapshot  a large key-value state: a snapshot of it under load, and its installation on an empty follower, with
                    latencies and memory [--size 1GiB] [--value 4KiB] [--seconds S]
        """);
    return 2;
}
