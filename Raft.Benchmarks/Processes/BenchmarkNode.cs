using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Benchmarks.Failover;
using Raft.Benchmarks.Flood;
using Raft.Benchmarks.Floor;
using Raft.Benchmarks.Load;
using Raft.Host.Hosting;
using Raft.Host.KeyValue;

namespace Raft.Benchmarks.Processes;

/// <summary>
/// One server in a process of its own. It reads commands from its standard input, a line each, and answers each with a
/// line on its standard output.
/// </summary>
internal sealed class BenchmarkNode
{
    private const double WarmUpSeconds = 2;
    private const int OwnKeys = 1000;

    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system;
    private readonly IActorRef _raft;
    private readonly bool _isKeyValue;
    private readonly CommitProbe _probe;
    private KeyValueLoad? _filled;

    private BenchmarkNode(ActorSystem system, IActorRef raft, bool isKeyValue)
    {
        _system = system;
        _raft = raft;
        _isKeyValue = isKeyValue;
        _probe = new CommitProbe(async command => await _raft.Ask<object>(new Apply(command), ProbeTime) is Applied);
    }

    public static async Task<int> RunAsync(string[] options)
    {
        var config = ConfigurationFactory.ParseString(File.ReadAllText(options[0])).WithFallback(NodeConfiguration.Defaults());
        var settings = RaftSettings.Create(config);
        string[] groups =
        [
            settings.Group,
            .. Enumerable.Range(2, config.GetInt("benchmark.groups", 1) - 1).Select(number => $"{settings.Group}{number}"),
        ];
        using var storage = RaftStorage.Open(RaftStorageSettings.Create(config), settings.ServerId, groups);
        var system = ActorSystem.Create("raft", storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        var isKeyValue = config.GetString("benchmark.state-machine", "count") == "key-value";
        var started = groups.Select(group => RaftExtension.Get(system).Start(
            settings with { Group = group },
            isKeyValue ? static () => new KeyValueStateMachine() : static () => new CountingStateMachine())).ToArray();
        var raft = started[0];
        RoundTrip.StartEcho(system);
        var node = new BenchmarkNode(system, raft, isKeyValue);
        while (await Console.In.ReadLineAsync() is { } line && line != "quit")
        {
            Console.WriteLine(await node.AnswerAsync(line.Split(' ')));
        }

        await system.Terminate();
        return 0;
    }

    private async Task<string> AnswerAsync(string[] command) => command switch
    {
        ["status"] => (await StatusAsync()).Encode(),
        ["run", var clients, var bytes, var seconds] =>
            await LoadAsync(Parse(clients), client => Requests(client, Parse(bytes)), For(seconds)),
        ["read", var clients, var consistency, var seconds] =>
            await LoadAsync(Parse(clients), _ => Reads(Enum.Parse<ReadConsistency>(consistency)), For(seconds)),
        ["mixed", var clients, var bytes, var reads, var warmUp, var seconds] => await LoadAsync(
            Parse(clients), client => Mixed(client, Parse(bytes), Parse(reads)), Task.Delay(
                TimeSpan.FromSeconds(Parse(warmUp) + Parse(seconds))), Parse(warmUp)),
        ["round-trip", var address, var bytes, var seconds] =>
            (await RoundTrip.MeasureAsync(_system, address, Parse(bytes), Parse(seconds))).Encode(),
        ["append", var file, var bytes, var seconds] => DiskAppend.Measure(file, Parse(bytes), Parse(seconds)).Encode(),
        ["resources"] => Resources.OfThisProcess().Encode(),
        ["probe"] => _probe.Start(),
        ["probed"] => await _probe.FirstAsync(),
        ["run-snapshot", var clients, var bytes] => await LoadDuringSnapshotAsync(Parse(clients), Parse(bytes)),
        ["fill", var keys, var bytes] => await FillAsync(Parse(keys), Parse(bytes)),
        ["snapshot"] => await SnapshotAsync(),
        ["flood", var commands, var bytes] => (await FloodLoad.RunAsync(_system, _raft, Parse(commands), Parse(bytes))).Encode(),
        ["contact"] => await _raft.Ask<object>(new GetStatus(), LongTime) is RaftStatus { LastLeaderContact: { } contact }
            ? contact.TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture)
            : "0",
        ["memory"] =>
            (GC.GetTotalMemory(forceFullCollection: true) / (1024.0 * 1024)).ToString("R", CultureInfo.InvariantCulture),
        _ => $"unknown command {command[0]}",
    };

    private static Task For(string seconds) => Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds + Parse(seconds)));

    private static Func<IRaftRequest> Reads(ReadConsistency consistency)
    {
        var read = new Read(ReadOnlyMemory<byte>.Empty, consistency);
        return () => read;
    }

    private Func<IRaftRequest> Mixed(int client, int bytes, int percentReads)
    {
        var mix = new Mix(client, percentReads);
        var (read, write) = (Reads(ReadConsistency.Linearizable), Requests(client, Math.Max(1, bytes)));
        return () => mix.NextIsRead() ? read() : write();
    }

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private async Task<NodeStatus> StatusAsync() => await _raft.Ask<object>(new GetStatus(), LongTime) is RaftStatus status
        ? new NodeStatus(
            status.Role.ToString(),
            status.Term,
            status.CommitIndex,
            status.LastApplied,
            status.Snapshot.Index,
            status.Snapshot.Size)
        : new NodeStatus("Unavailable", 0, 0, 0, 0, 0);

    private async Task<string> SnapshotAsync()
    {
        var clock = Stopwatch.StartNew();
        return await _raft.Ask<object>(new TakeSnapshot(), LongTime) switch
        {
            SnapshotTaken taken => string.Create(
                CultureInfo.InvariantCulture,
                $"{taken.Size / (1024 * 1024)} MiB up to entry {taken.Index} in {clock.Elapsed.TotalSeconds:0.0} s"),
            var other => other.ToString()!,
        };
    }

    private async Task<string> FillAsync(int keys, int bytes)
    {
        _filled = new KeyValueLoad(keys, bytes);
        const int Parallel = 64;
        var filled = await Task.WhenAll(Enumerable.Range(0, Parallel).Select(async first =>
        {
            var done = 0;
            for (var key = first; key < keys; key += Parallel, done++)
            {
                var answer = await _raft.Ask<object>(_filled.Put(key, bytes), LongTime);
                if (answer is not Applied)
                {
                    throw new InvalidOperationException($"key {key} was not written: {answer}");
                }
            }

            return done;
        }));
        return filled.Sum().ToString(CultureInfo.InvariantCulture);
    }

    private async Task<string> LoadDuringSnapshotAsync(int clients, int bytes)
    {
        var snapshot = SnapshotAsync();
        var load = await LoadAsync(clients, client => Requests(client, bytes), snapshot, warmUpSeconds: 0);
        return $"{load}|{await snapshot}";
    }

    private async Task<string> LoadAsync(
        int clients, Func<int, Func<IRaftRequest>> requests, Task until, double warmUpSeconds = WarmUpSeconds)
    {
        var measureFrom = Stopwatch.GetTimestamp() + (long)(warmUpSeconds * Stopwatch.Frequency);

        // The clients of an actor system talk to the node itself, one hop nearer than its supervisor.
        var node = await _system.ActorSelection(_raft.Path / RaftSupervisor.NodeName).ResolveOne(TimeSpan.FromSeconds(5));
        var results = await Task.WhenAll(Enumerable.Range(0, clients).Select(client =>
        {
            var finished = new TaskCompletionSource<ClientResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            var next = requests(client);
            _system.ActorOf(Props.Create(() => new ClosedLoopClient(node, next, measureFrom, until, finished)));
            return finished.Task;
        }));
        return WorkloadResult.Of(
            results.SelectMany(static result => result.Latencies),
            results.Sum(static result => result.Failures),
            Stopwatch.GetElapsedTime(measureFrom).TotalSeconds).Encode();
    }

    private Func<IRaftRequest> Requests(int client, int bytes)
    {
        if (bytes == 0)
        {
            var read = new Read(ReadOnlyMemory<byte>.Empty);
            return () => read;
        }

        if (!_isKeyValue)
        {
            var apply = new Apply(new byte[bytes]);
            return () => apply;
        }

        var random = new Random(client);
        var keys = _filled ?? throw new InvalidOperationException("the key-value store is to be filled first");
        // Keys of their own: the state that is measured must keep its size.
        return () => keys.Put(keys.Keys + random.Next(OwnKeys), bytes);
    }
}
