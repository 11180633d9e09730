using Raft.Actors.Model;

namespace Raft.Actors.Node;

/// <summary>The leader that a server knows, and when and where it heard it.</summary>
/// <param name="startedAt">When this life of the server began.</param>
internal sealed class LeaderSeen(TimeSpan startedAt)
{
    // Who is known to have led the latest term that had a leader. Unlike the leader it is not forgotten when that one falls
    // silent.
    private (long Term, ServerId Leader) _ledBy;

    /// <summary>The leader; none where the server knows none.</summary>
    public ServerId Id { get; private set; }

    /// <summary>Where the leader was heard from; null where that is not known.</summary>
    public string? HeardFrom { get; private set; }

    /// <summary>When a leader was last heard; null where none was in this life.</summary>
    public TimeSpan? HeardAt { get; private set; }

    /// <summary>Another server leads, or none that is known.</summary>
    /// <param name="leader">The leader; none where none is known.</param>
    /// <param name="heardFrom">Where it was heard from; null where that is not known.</param>
    public void Change(ServerId leader, string? heardFrom = null) => (Id, HeardFrom) = (leader, heardFrom);

    /// <summary>A leader is heard.</summary>
    public void Hear(TimeSpan now) => HeardAt = now;

    /// <summary>Whether a leader is known and was heard within a time.</summary>
    public bool IsLive(TimeSpan now, TimeSpan within) => !Id.IsNone && HeardAt is { } heardAt && now - heardAt < within;

    /// <summary>
    /// Whether a leader may have been heard within a time, but in an earlier life: what it was promised then is forgotten.
    /// </summary>
    public bool MayBeForgotten(TimeSpan now, TimeSpan within) => now - startedAt < within;

    /// <summary>A server leads a term.</summary>
    public void Lead(long term, ServerId leader) => _ledBy = (term, leader);

    /// <summary>A server claims to lead a term.</summary>
    /// <exception cref="SafetyBrokenException">
    /// Another is known to lead it: one of the two has lost what it confirmed.
    /// </exception>
    public void CheckSole(long term, ServerId leader)
    {
        if (_ledBy.Term == term && _ledBy.Leader != leader)
        {
            throw new SafetyBrokenException(
                $"server {leader} claims to lead term {term}, which {_ledBy.Leader} leads", isOfCommitted: false);
        }
    }
}
