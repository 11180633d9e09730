using System.Diagnostics;

namespace Raft.Host.Http;

/// <summary>
/// A log of warnings that strangers can cause at will. It writes one line in half a minute, with the number of lines that it
/// left out.
/// </summary>
internal sealed partial class LimitedLog(ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long? _last;
    private long _leftOut;

    /// <summary>Writes a warning, or counts it as left out.</summary>
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
