using DotNext.IO.Log;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace Raft.Benchmarks.Peers;

/// <summary>
/// DotNext's write-ahead log, flushed before a follower answers that it has the entries, as Raft requires. As it comes, it
/// answers first and flushes when the entries are committed.
/// </summary>
internal sealed class DotNextLog(string directory, IStateMachine stateMachine)
    : WriteAheadLog(Settings(directory), stateMachine), IAuditTrail<IRaftLogEntry>
{
    private const int ChunkBytes = 1024 * 1024;

    async ValueTask IAuditTrail<IRaftLogEntry>.AppendAsync<TEntry>(
        ILogEntryProducer<TEntry> entries, long startIndex, bool skipCommitted, CancellationToken token)
    {
        await AppendAsync(entries, startIndex, skipCommitted, token);
        await FlushAsync(token);
    }

    async ValueTask IAuditTrail<IRaftLogEntry>.AppendAsync<TEntry>(TEntry entry, long startIndex, CancellationToken token)
    {
        await AppendAsync(entry, startIndex, token);
        await FlushAsync(token);
    }

    /// <summary>
    /// The fastest of its settings where each commit is flushed: memory of its own, written around the page cache, in chunks
    /// that hold a round of large commands (with chunks of a page, its default, it loses its leader to commands of 64 KiB).
    /// </summary>
    private static Options Settings(string directory) => new()
    {
        Location = Path.Combine(directory, "log"),
        ChunkSize = ChunkBytes,
        MemoryManagement = MemoryManagementStrategy.PrivateMemory,
        NoBuffering = true,
    };
}

/// <summary>The smallest state there is.</summary>
internal sealed class DotNextCounter : IStateMachine
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    ISnapshot ISnapshotManager.Snapshot => null!;

    ValueTask ISnapshotManager.ReclaimGarbageAsync(long watermark, CancellationToken token) => ValueTask.CompletedTask;

    ValueTask<long> IStateMachine.ApplyAsync(LogEntry entry, CancellationToken token)
    {
        Volatile.Write(ref _count, _count + 1);
        return ValueTask.FromResult(entry.Index);
    }
}
