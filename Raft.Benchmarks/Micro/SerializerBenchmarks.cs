using Akka.Actor;
using Akka.Configuration;
using BenchmarkDotNet.Attributes;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Benchmarks.Micro;

/// <summary>What the leader writes for each follower and for its journal, and a follower reads.</summary>
public class SerializerBenchmarks
{
    private ActorSystem _system = null!;
    private RaftMessageSerializer _serializer = null!;
    private AppendEntries _append = null!;
    private EntriesAppended _event = null!;
    private byte[] _appendBytes = [];
    private byte[] _eventBytes = [];
    private string _appendManifest = "";
    private string _eventManifest = "";

    [Params(1, 64)]
    public int Entries { get; set; }

    [Params(256, 64 * 1024)]
    public int Bytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _system = ActorSystem.Create("micro", ConfigurationFactory.ParseString("akka.loggers = []\nakka.stdout-loglevel = OFF")
            .WithFallback(ConfigurationFactory.FromResource("Raft.Actors.reference.conf", typeof(RaftNode).Assembly)));
        _serializer = new RaftMessageSerializer((ExtendedActorSystem)_system);
        var entries = SampleEntries.Of(Entries, Bytes);
        (_append, _event) = (SampleEntries.Append(entries), new EntriesAppended(entries));
        (_appendBytes, _appendManifest) = (_serializer.ToBinary(_append), _serializer.Manifest(_append));
        (_eventBytes, _eventManifest) = (_serializer.ToBinary(_event), _serializer.Manifest(_event));
    }

    [GlobalCleanup]
    public void CleanUp() => _system.Terminate().GetAwaiter().GetResult();

    [Benchmark]
    public byte[] WriteAppendEntries() => _serializer.ToBinary(_append);

    [Benchmark]
    public object ReadAppendEntries() => _serializer.FromBinary(_appendBytes, _appendManifest);

    [Benchmark]
    public byte[] WriteJournalEvent() => _serializer.ToBinary(_event);

    [Benchmark]
    public object ReadJournalEvent() => _serializer.FromBinary(_eventBytes, _eventManifest);
}
