using System.Diagnostics;

namespace Raft.Host.Http;

/// <summary>
/// A log of warnings that anybody can cause as often as they like: one line in half a minute, with the number of those left out.
/// </summary>
internal sealed partial class LimitedLog(ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long? _last;
    private long _leftOut;

    /// <summary>Says it, or counts it.</summary>
    public void Warn(string message)
    {
        long leftOut;
        lock (_lock)
        {
            if (_last is { } last && Stopwatch.GetElapsedTime(last) < Pause)
            {
                _leftOut++;
                return;
            }

            (_last, leftOut, _leftOut) = (Stopwatch.GetTimestamp(), _leftOut, 0);
        }

        Log(logger, message, leftOut);
    }

    [LoggerMessage(
        Level = Microsoft.Extensions.Logging.LogLevel.Warning,
        Message = "{Warning} ({LeftOut} such lines were left out since the last)")]
    private static partial void Log(ILogger logger, string warning, long leftOut);
}
