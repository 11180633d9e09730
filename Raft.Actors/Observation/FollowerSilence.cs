using Raft.Actors.Model;

namespace Raft.Actors.Observation;

/// <summary>
/// Notices when a leader's followers fall silent and when they answer again: once each, however often it is looked.
/// </summary>
internal sealed class FollowerSilence
{
    private readonly Dictionary<ServerId, Watched> _watched = [];

    /// <summary>Looks at a follower. Returns for how long it has been silent, if that is new; null if nothing is new.</summary>
    /// <param name="follower">The follower.</param>
    /// <param name="contact">When what it last answered was sent; null if it answered nothing yet.</param>
    /// <param name="now">The time.</param>
    /// <param name="timeout">From how long on it counts as silent.</param>
    /// <returns>Zero if it answers again.</returns>
    public TimeSpan? Look(ServerId follower, TimeSpan? contact, TimeSpan now, TimeSpan timeout)
    {
        if (!_watched.TryGetValue(follower, out var watched))
        {
            _watched[follower] = watched = new Watched(now);
        }

        var silentFor = now - (contact ?? watched.Since);
        var isSilent = silentFor > timeout;
        if (isSilent == watched.IsSilent)
        {
            return null;
        }

        watched.IsSilent = isSilent;
        return isSilent ? silentFor : TimeSpan.Zero;
    }

    /// <summary>Forgets those that are followers no more; should one become one again, its silence counts from then.</summary>
    public void Retain(Predicate<ServerId> isFollower)
    {
        foreach (var follower in _watched.Keys)
        {
            if (!isFollower(follower))
            {
                _watched.Remove(follower);
            }
        }
    }

    private sealed class Watched(TimeSpan since)
    {
        public TimeSpan Since => since;

        public bool IsSilent { get; set; }
    }
}
