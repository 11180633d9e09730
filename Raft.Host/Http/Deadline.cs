using System.Diagnostics;

namespace Raft.Host.Http;

/// <summary>The time by which a request must be answered: a fixed time after its arrival.</summary>
internal readonly struct Deadline
{
    private readonly long _start;
    private readonly TimeSpan _timeout;

    private Deadline(long start, TimeSpan timeout)
    {
        _start = start;
        _timeout = timeout;
    }

    /// <summary>The time that is left; never below zero.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _timeout - Stopwatch.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public static Deadline After(TimeSpan timeout) => new(Stopwatch.GetTimestamp(), timeout);

    /// <summary>The earlier of this deadline and another, counted from now.</summary>
    public Deadline AtMost(TimeSpan timeout) => timeout < Remaining ? After(timeout) : this;
}
