using Raft.Actors.Membership;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Decides whether a peer message may be looked at (design: nothing from outside the group changes state), and keeps
/// the log readable: a sender that is refused again and again is named once in a while.
/// </summary>
/// <remarks>
/// Who is a member, the receiver may not know yet: a server that lags behind must let itself be led, and must vote for, servers that were added
/// without its knowledge, or a group of which most servers lag would never have a leader again (dissertation 4.1). So it hears
/// servers that it does not know, but only while it hears no leader, and only what brings a log along that it can hold
/// against its own: AppendEntries and requests for votes. See docs/architecture.md, Membership.
/// </remarks>
internal sealed class PeerGate(string group, ServerId self)
{
    // Enough for every server of a group and a few strays; a flood of made-up senders shares the last place.
    private const int MaxRemembered = 64;

    private static readonly TimeSpan LogAgainAfter = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(ServerId Sender, string Reason), TimeSpan> _logged = [];

    /// <summary>Why a message is refused; null where it is not.</summary>
    /// <param name="message">The message.</param>
    /// <param name="configuration">The configuration in force here.</param>
    /// <param name="leader">The leader that this server follows; none where it knows none.</param>
    /// <param name="hasLiveLeader">Whether a leader was heard of late, or is this server.</param>
    public string? Refusal(IPeerMessage message, Configuration configuration, ServerId leader, bool hasLiveLeader)
    {
        var header = message.Header;
        if (!ProtocolVersion.IsSupported(header.Version) || message is UnknownVersionMessage)
        {
            return $"protocol version {header.Version} is not supported (this node speaks {ProtocolVersion.Current})";
        }

        if (header.Group != group)
        {
            return $"it belongs to group '{header.Group}', not to '{group}'";
        }

        if (header.To != self)
        {
            return $"it is meant for server {header.To}, not for {self}";
        }

        if (header.From == self)
        {
            return "it claims to come from this server itself: is another one running with its id?";
        }

        if (header.Term < 0)
        {
            return $"its term {header.Term} is negative";
        }

        if (configuration.IsEmpty || configuration.Contains(header.From) || header.From == leader)
        {
            return null;
        }

        var bringsLog = message is not (PreVoteResponse or VoteResponse or Heartbeat or HeartbeatResponse or TimeoutNow or ForwardedRequest
            or RequestReadIndex or ReadIndexResponse);
        return bringsLog && !hasLiveLeader ? null : $"server {header.From} is not a member ({configuration})";
    }

    /// <summary>Whether a refusal is worth a line in the log now.</summary>
    public bool ShouldLog(ServerId sender, string reason, TimeSpan now)
    {
        var key = (sender, reason);
        if (!_logged.ContainsKey(key) && _logged.Count >= MaxRemembered)
        {
            Forget(now);
            key = _logged.Count >= MaxRemembered ? (default, string.Empty) : key;
        }

        if (_logged.TryGetValue(key, out var last) && now - last < LogAgainAfter)
        {
            return false;
        }

        _logged[key] = now;
        return true;
    }

    /// <summary>What was logged so long ago that it would be logged again makes room.</summary>
    private void Forget(TimeSpan now)
    {
        foreach (var (key, last) in _logged)
        {
            if (now - last >= LogAgainAfter)
            {
                _logged.Remove(key);
            }
        }
    }
}
