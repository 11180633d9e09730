using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Benchmarks.Micro;

/// <summary>Group commit's batches: entries are gathered, begin to be written together, and are durable together.</summary>
public class BatchBenchmarks
{
    private JournalQueue _queue = null!;
    private ImmutableArray<LogEntry> _entries;

    [Params(1, 64, 512)]
    public int Entries { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var settings = new JournalSettings();
        _queue = new JournalQueue(settings.MaxEntriesPerEvent, settings.MaxBytesPerEvent);
        _entries = SampleEntries.Of(Entries, 256);
    }

    [Benchmark]
    public ImmutableArray<IJournalEvent> GatherBeginComplete()
    {
        foreach (var entry in _entries)
        {
            _queue.Add(entry);
        }

        _queue.TryBegin(TimeSpan.Zero, out var events);
        _queue.Complete();
        return events;
    }
}
