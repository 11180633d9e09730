namespace Raft.Actors.Hosting.Tls;

/// <summary>Which troubles with whom are news, so that a peer that knocks again and again does not fill the log.</summary>
/// <param name="time">The clock.</param>
internal sealed class TroubleLedger(TimeProvider time)
{
    /// <summary>The same trouble is told again after this long.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private const int MaxPeers = 1000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Reason, long At)> _troubles = new(StringComparer.Ordinal);

    /// <summary>Whether to log this.</summary>
    public bool IsNews(string peer, string reason)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (_troubles.TryGetValue(peer, out var last)
                && last.Reason == reason
                && time.GetElapsedTime(last.At, now) < Interval)
            {
                return false;
            }

            if (_troubles.Count >= MaxPeers && !_troubles.ContainsKey(peer))
            {
                _troubles.Clear();
            }

            _troubles[peer] = (reason, now);
            return true;
        }
    }

    /// <summary>All is well with that peer; answers whether there was trouble.</summary>
    public bool IsMended(string peer)
    {
        lock (_lock)
        {
            return _troubles.Remove(peer);
        }
    }
}
