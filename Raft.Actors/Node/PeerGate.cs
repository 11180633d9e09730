using Raft.Actors.Membership;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Decides whether a peer message may be looked at (design: nothing from outside the group changes state), and keeps
/// the log readable: a sender that is refused again and again is named once in a while.
/// </summary>
internal sealed class PeerGate(string group, ServerId self)
{
    // Enough for every server of a group and a few strays; a flood of made-up senders shares the last place.
    private const int MaxRemembered = 64;

    private static readonly TimeSpan LogAgainAfter = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(ServerId Sender, string Reason), TimeSpan> _logged = [];

    /// <summary>Why a message is refused; null where it is not.</summary>
    public string? Refusal(IPeerMessage message, Configuration configuration)
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

        return configuration.IsEmpty || configuration.Contains(header.From)
            ? null
            : $"server {header.From} is not a member ({configuration})";
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
