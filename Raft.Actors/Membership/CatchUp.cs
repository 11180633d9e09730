namespace Raft.Actors.Membership;

/// <summary>
/// How a leader brings a new server close to its log before it votes (dissertation 4.2.1). In each round the server gets what
/// the leader held when the round began. After a round that took less than an election timeout so little is missing that the
/// server may vote: the next commit that needs it waits no longer than that.
/// </summary>
public sealed class CatchUp
{
    private readonly TimeSpan _electionTimeout;
    private readonly TimeSpan _deadline;
    private long _target;
    private TimeSpan _roundBegan;

    /// <summary>Begins the first round.</summary>
    /// <param name="lastIndex">The leader's last index.</param>
    /// <param name="now">The clock.</param>
    /// <param name="electionTimeout">A round that takes no longer than this is the last one.</param>
    /// <param name="timeout">How long all rounds together may take.</param>
    public CatchUp(long lastIndex, TimeSpan now, TimeSpan electionTimeout, TimeSpan timeout)
    {
        _electionTimeout = electionTimeout;
        _deadline = now + timeout;
        Timeout = timeout;
        Begin(lastIndex, now);
    }

    /// <summary>How long it may take altogether.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>The rounds begun so far.</summary>
    public int Rounds { get; private set; }

    /// <summary>
    /// Looks how far the server is: true once a round ended soon enough. A round that took longer is followed by another.
    /// </summary>
    public bool IsClose(long matchIndex, long lastIndex, TimeSpan now)
    {
        if (matchIndex < _target)
        {
            return false;
        }

        if (now - _roundBegan <= _electionTimeout)
        {
            return true;
        }

        Begin(lastIndex, now);
        return matchIndex >= _target;
    }

    /// <summary>Whether it takes too long.</summary>
    public bool IsOver(TimeSpan now) => now >= _deadline;

    private void Begin(long lastIndex, TimeSpan now)
    {
        Rounds++;
        _target = lastIndex;
        _roundBegan = now;
    }
}
