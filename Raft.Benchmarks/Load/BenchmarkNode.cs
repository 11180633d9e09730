using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;
using Raft.Actors.Storage;

namespace Raft.Benchmarks.Load;

/// <summary>
/// One server in a process of its own. It reads commands from its standard input, a line each (status, run, quit), and
/// answers on its standard output.
/// </summary>
internal static class BenchmarkNode
{
    private const double WarmUpSeconds = 2;

    public static async Task<int> RunAsync(string[] options)
    {
        var config = ConfigurationFactory.ParseString(File.ReadAllText(options[0]));
        using var storage = RaftStorage.Open(config);
        var system = ActorSystem.Create("raft", storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        var settings = RaftSettings.Create(config);
        var raft = RaftExtension.Get(system).Start(settings, static () => new CountingStateMachine());
        while (await Console.In.ReadLineAsync() is { } line && line != "quit")
        {
            var parts = line.Split(' ');
            Console.WriteLine(parts[0] switch
            {
                "status" => await StatusAsync(raft),
                "run" => (await RunAsync(system, raft, Parse(parts[1]), Parse(parts[2]), Parse(parts[3]))).Encode(),
                var other => $"unknown command {other}",
            });
        }

        await system.Terminate();
        return 0;
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private static async Task<string> StatusAsync(IActorRef raft) =>
        await raft.Ask<object>(new GetStatus(), TimeSpan.FromSeconds(10)) is RaftStatus status
            ? $"{status.Role} {status.Term} {status.CommitIndex}"
            : "Unavailable 0 0";

    private static async Task<WorkloadResult> RunAsync(ActorSystem system, IActorRef raft, int clients, int bytes, int seconds)
    {
        var measureFrom = Stopwatch.GetTimestamp() + (long)(WarmUpSeconds * Stopwatch.Frequency);
        var end = measureFrom + (seconds * Stopwatch.Frequency);

        // The clients of an actor system talk to the node itself, one hop nearer than its supervisor.
        var node = await system.ActorSelection(raft.Path / RaftSupervisor.NodeName).ResolveOne(TimeSpan.FromSeconds(5));
        var results = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ =>
        {
            var finished = new TaskCompletionSource<ClientResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            system.ActorOf(Props.Create(() => new ClosedLoopClient(node, bytes, measureFrom, end, finished)));
            return finished.Task;
        }));
        return WorkloadResult.Of(
            results.SelectMany(static result => result.Latencies),
            results.Sum(static result => result.Failures),
            Stopwatch.GetElapsedTime(measureFrom).TotalSeconds);
    }

    private sealed class CountingStateMachine : IStateMachine
    {
        private long _count;

        public object? Apply(in Command command)
        {
            _count++;
            return null;
        }

        public object? Query(object query) => _count;

        public IStateMachineSnapshot TakeSnapshot() => new StreamSnapshot(stream => stream.Write(BitConverter.GetBytes(_count)));

        public IStateMachineRestore BeginRestore() => new StreamRestore(stream =>
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            stream.ReadExactly(bytes);
            _count = BitConverter.ToInt64(bytes);
        });
    }
}
