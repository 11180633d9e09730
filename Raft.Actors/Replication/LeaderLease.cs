using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Actors.Replication;

/// <summary>
/// When each voter last answered its leader. A leader that a quorum has not answered within the lease steps down
/// (dissertation 6.2): it may have been replaced, and its clients should look elsewhere.
/// </summary>
public sealed class LeaderLease
{
    private readonly ServerId _self;
    private readonly TimeSpan _startedAt;
    private readonly Dictionary<ServerId, TimeSpan> _contacts = [];

    /// <summary>Begins a term: every voter counts as heard now, for a quorum just elected the leader.</summary>
    public LeaderLease(ServerId self, TimeSpan now)
    {
        _self = self;
        _startedAt = now;
    }

    /// <summary>A server answered a message that was sent at a time in this term; answers may come out of order.</summary>
    public void Contact(ServerId server, TimeSpan sentAt)
    {
        if (sentAt >= _startedAt && sentAt > _contacts.GetValueOrDefault(server, TimeSpan.MinValue))
        {
            _contacts[server] = sentAt;
        }
    }

    /// <summary>When the last message that a server answered was sent; null if it answered none in this term.</summary>
    public TimeSpan? LastContact(ServerId server) => _contacts.TryGetValue(server, out var contact) ? contact : null;

    /// <summary>
    /// Whether a server was heard of late. In the first moments of a term one may have confirmed entries and not answered a
    /// heartbeat yet.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="hasConfirmed">Whether it has confirmed entries in this term.</param>
    /// <param name="now">The time.</param>
    /// <param name="within">What counts as of late.</param>
    public bool IsHeard(ServerId server, bool hasConfirmed, TimeSpan now, TimeSpan within) =>
        (LastContact(server) ?? (hasConfirmed ? _startedAt : null)) is { } contact && now - contact <= within;

    /// <summary>
    /// The latest time at which a majority of the voters, the leader among them if it votes, certainly followed.
    /// </summary>
    public TimeSpan QuorumContact(ImmutableArray<ServerId> voters, TimeSpan now) => QuorumContact(voters, now, _startedAt);

    /// <summary>
    /// When the latest messages were sent that a majority of the voters has answered: at that time no other server could have
    /// been elected. Null while no majority has answered in this term. Reads rest on this; the votes that elected the leader do
    /// not say which servers follow it now.
    /// </summary>
    public TimeSpan? ConfirmedAt(ImmutableArray<ServerId> voters, TimeSpan now) =>
        QuorumContact(voters, now, TimeSpan.MinValue) is var contact && contact > TimeSpan.MinValue ? contact : null;

    private TimeSpan QuorumContact(ImmutableArray<ServerId> voters, TimeSpan now, TimeSpan withoutContact)
    {
        if (voters.IsEmpty)
        {
            return TimeSpan.MinValue;
        }

        Span<TimeSpan> contacts = stackalloc TimeSpan[voters.Length];
        for (var i = 0; i < contacts.Length; i++)
        {
            contacts[i] = voters[i] == _self ? now : _contacts.GetValueOrDefault(voters[i], withoutContact);
        }

        return Quorum.ReachedBy(contacts);
    }
}
