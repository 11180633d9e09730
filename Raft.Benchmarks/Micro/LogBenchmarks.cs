using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Raft.Actors.Log;
using Raft.Actors.Model;

namespace Raft.Benchmarks.Micro;

/// <summary>The log in memory: what the node appends, and what a replicator cuts from a view of it.</summary>
public class LogBenchmarks
{
    private const int Kept = 10_000;

    private readonly EncodedPayload _data = SampleEntries.Payload(256);
    private readonly RaftLog _log = new();
    private LogView _view = null!;

    [Params(1, 64, 512)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var log = new RaftLog();
        log.Append(SampleEntries.Of(2 * Entries, 256));
        _view = log.View;
    }

    /// <summary>Appends a batch, shows it once, and lets go of what is old now and then.</summary>
    [Benchmark]
    public LogView Append()
    {
        for (var i = 0; i < Entries; i++)
        {
            _log.Append(SampleEntries.Entry(_log.LastIndex + 1, _data));
        }

        if (_log.LastIndex - _log.BaseIndex > 2 * Kept)
        {
            _log.CompactTo(_log.LastIndex - Kept);
        }

        return _log.View;
    }

    [Benchmark]
    public ImmutableArray<LogEntry> Slice() => _view.Slice(Entries / 2 + 1, Entries, long.MaxValue);
}
