using Raft.Benchmarks.Load;

return args switch
{
    ["load", .. var options] => await LoadCommand.RunAsync(options),
    ["node", .. var options] => await BenchmarkNode.RunAsync(options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: dotnet run -c Release --project Raft.Benchmarks -- load [--seconds S] [--journal sql|segments] [--directory DIR]

          load   three processes over Akka.Remote on loopback, an fsync per commit, clients in the leader's
                 process; prints ops/s, p50 and p99 of each workload
        """);
    return 2;
}
