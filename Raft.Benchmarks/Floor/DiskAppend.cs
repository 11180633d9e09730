using System.Diagnostics;
using Raft.Actors.Storage.Files;
using Raft.Benchmarks.Load;

namespace Raft.Benchmarks.Floor;

/// <summary>
/// What one append to a file and its fdatasync take, into blocks that are there already, as in a log: no commit can be there
/// sooner.
/// </summary>
internal static class DiskAppend
{
    private const long FileBytes = 16 * 1024 * 1024;

    public static WorkloadResult Measure(string path, int bytes, int seconds)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        RandomAccess.Write(file, new byte[FileBytes], 0);
        DurableFile.Sync(file, path);
        var latencies = new List<double>();
        var block = new byte[bytes];
        var clock = Stopwatch.StartNew();
        for (var offset = 0L;
            clock.Elapsed.TotalSeconds < seconds;
            offset = offset + bytes + bytes > FileBytes ? 0 : offset + bytes)
        {
            var startedAt = Stopwatch.GetTimestamp();
            RandomAccess.Write(file, block, offset);
            DurableFile.Sync(file, path);
            latencies.Add(Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
        }

        return WorkloadResult.Of(latencies, 0, clock.Elapsed.TotalSeconds);
    }
}
