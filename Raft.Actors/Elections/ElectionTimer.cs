namespace Raft.Actors.Elections;

/// <summary>
/// The time until an election: picked at random between a timeout and twice it, so that servers rarely campaign at
/// once (dissertation 3.4). Contact with a leader moves the deadline by the same time again and costs no rescheduling:
/// the timer that was set may fire early and is then set for the rest.
/// </summary>
public sealed class ElectionTimer(Random random)
{
    private TimeSpan _timeout;
    private TimeSpan _deadline;

    /// <summary>Begins a wait of a newly picked length, and returns it.</summary>
    public TimeSpan Begin(TimeSpan now, TimeSpan timeout)
    {
        _timeout = timeout + (timeout * random.NextDouble());
        _deadline = now + _timeout;
        return _timeout;
    }

    /// <summary>Begins the wait anew with the length that was picked.</summary>
    public void Extend(TimeSpan now) => _deadline = now + _timeout;

    /// <summary>How long it still is; zero or less when the time has come.</summary>
    public TimeSpan Remaining(TimeSpan now) => _deadline - now;
}
