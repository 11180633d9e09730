using System.Diagnostics;
using System.Globalization;

namespace Raft.Benchmarks.Failover;

/// <summary>
/// Tries to commit a command at this server, again and again, until one is. Its time is of the machine's monotonic clock,
/// which all processes share.
/// </summary>
internal sealed class CommitProbe(Func<byte[], Task<bool>> tryCommit)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly byte[] _command = new byte[256];
    private int _probe;
    private Task<long> _first = Task.FromResult(0L);

    public string Start()
    {
        // The one before, if it still tries, gives up.
        _first = RunAsync(Interlocked.Increment(ref _probe));
        return "started";
    }

    /// <summary>When the first was committed, or 0 while none is.</summary>
    public async Task<string> FirstAsync() =>
        (_first.IsCompleted ? await _first : 0).ToString(CultureInfo.InvariantCulture);

    private async Task<long> RunAsync(int probe)
    {
        await Task.Yield();
        while (probe == Volatile.Read(ref _probe))
        {
            if (await tryCommit(_command))
            {
                return Stopwatch.GetTimestamp();
            }

            await Task.Delay(Pause);
        }

        return 0;
    }
}
