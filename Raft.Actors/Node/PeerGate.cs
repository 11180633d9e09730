using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Decides whether a message of another server is handled at all: nothing from outside the group changes state. Keeps the
/// log readable: of a sender that is refused again and again it says so once in a while.
/// </summary>
/// <remarks>
/// A server that lags behind may not know who is a member. It must follow and vote for servers that were added meanwhile,
/// or a group of which most servers lag would never have a leader again (dissertation 4.1). So it listens to servers that
/// it does not know, but only while it hears no leader, and only to messages that bring a log which it can compare with
/// its own: AppendEntries and requests for votes. See docs/architecture.md, Membership.
/// </remarks>
/// <remarks>
/// The identities say which group of that name a message belongs to, and which data this server has. A server without an
/// identity may answer questions, because a leader fills it up; it may ask none. A server whose entries are from before
/// there were identities follows only a group that knows its journal.
/// </remarks>
internal sealed class PeerGate(string group, ServerId self)
{
    // Enough for every server of a group and a few strays; a flood of made-up senders shares the last place.
    private const int MaxRemembered = 64;

    private static readonly string[] Kinds = Enum.GetNames<PeerRefusalKind>();

    private static readonly TimeSpan LogAgainAfter = TimeSpan.FromSeconds(30);

    private readonly Dictionary<(ServerId Sender, string Reason), TimeSpan> _logged = [];

    /// <summary>Why a message is refused; null where it is not.</summary>
    /// <param name="message">The message.</param>
    /// <param name="configuration">The configuration in force here.</param>
    /// <param name="leader">The leader that this server follows; none where it knows none.</param>
    /// <param name="hasLiveLeader">Whether a leader was heard of late, or is this server.</param>
    /// <param name="own">Which group and journal this server has, and whether it has any entries.</param>
    public PeerRefusal? Refusal(
        IPeerMessage message, Configuration configuration, ServerId leader, bool hasLiveLeader, LocalIdentity own)
    {
        var header = message.Header;
        if (!ProtocolVersion.IsSupported(header.Version) || message is UnknownVersionMessage)
        {
            return new(
                PeerRefusalKind.Version,
                $"protocol version {header.Version} is not supported (this node speaks {ProtocolVersion.Current})");
        }

        if (header.Group != group)
        {
            return new(PeerRefusalKind.Group, $"it belongs to group '{header.Group}', not to '{group}'");
        }

        if (header.To != self)
        {
            return new(PeerRefusalKind.Receiver, $"it is meant for server {header.To}, not for {self}");
        }

        if (header.From == self)
        {
            return new(PeerRefusalKind.Sender, "it claims to come from this server itself: is another one running with its id?");
        }

        if (TermLimits.WhyNot(header.Term, own.Term, own.HasEntries) is { } impossible)
        {
            return new(PeerRefusalKind.Term, impossible);
        }

        if (message is RequestPledge)
        {
            // Answered whoever asks, with the reason where there is one: who asks cannot know that there is a group.
            return null;
        }

        if (IdentityRefusal(message, configuration, own) is { } foreign)
        {
            return new(PeerRefusalKind.Identity, foreign);
        }

        if (configuration.IsEmpty || configuration.Contains(header.From) || header.From == leader)
        {
            return null;
        }

        var bringsLog = message is not (
            IPeerAnswer or Heartbeat or TimeoutNow or ForwardedRequest or RequestReadIndex or BeginGroup or RequestFounding);
        return bringsLog && !hasLiveLeader
            ? null
            : new(PeerRefusalKind.Member, $"server {header.From} is not a member ({configuration})");
    }

    private static string? IdentityRefusal(IPeerMessage message, Configuration configuration, LocalIdentity own)
    {
        var (theirs, receiver) = (message.Header.Identity?.Group ?? default, message.Header.Identity?.Receiver ?? default);
        if (!own.Group.IsNone && !theirs.IsNone && own.Group != theirs)
        {
            return $"it belongs to another group of this name (identity {theirs}; this server's is {own.Group}): "
                + "one of the two was begun anew, or a server has another group's data";
        }

        // A member whose journal is known here only has not heard yet that the group has an identity.
        if (!own.Group.IsNone && theirs.IsNone && message is not IPeerAnswer
            && !(message.Header.Journal is { IsNone: false } journal
                && configuration.Find(message.Header.From)?.Journal == journal))
        {
            return $"its sender does not know the identity of this group ({own.Group}): "
                + "it is empty, runs an older version, or has another group's data";
        }

        // The entries of an older version name no group. A group that knows this journal is the right one.
        return own.Group.IsNone && !theirs.IsNone && own.HasEntries && receiver != own.Journal && message is not IPeerAnswer
            ? $"it belongs to a group (identity {theirs}) that does not know this server's journal: "
                + "this server has another group's data, or was away while the group got its identity. "
                + "If it has, remove its data, and it is filled up again"
            : null;
    }

    /// <summary>
    /// Whether a refusal is worth a line in the log now: of each kind one in a while for each member, and one for all who
    /// are none. So who makes messages up does not decide how long the log becomes.
    /// </summary>
    public bool ShouldLog(PeerRefusalKind kind, ServerId sender, Configuration configuration, TimeSpan now) =>
        ShouldLog(configuration.Contains(sender) ? sender : default, Kinds[(int)kind], now);

    /// <summary>Whether something about a sender is worth a line in the log now.</summary>
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

/// <summary>What is wrong with a message of another server.</summary>
internal enum PeerRefusalKind
{
    /// <summary>Its version is not known here.</summary>
    Version,

    /// <summary>It is of a group of another name.</summary>
    Group,

    /// <summary>It is meant for another server.</summary>
    Receiver,

    /// <summary>It claims to come from this server.</summary>
    Sender,

    /// <summary>No election reaches its term.</summary>
    Term,

    /// <summary>It is of another group of the same name, or of a server that does not know its group.</summary>
    Identity,

    /// <summary>Its sender is no member.</summary>
    Member,

    /// <summary>It is an answer to nothing.</summary>
    Unasked,

    /// <summary>No leader can have sent it.</summary>
    Senseless,
}

/// <summary>Why a message of another server is refused.</summary>
/// <param name="Kind">What is wrong with it.</param>
/// <param name="Reason">The same in words.</param>
internal sealed record PeerRefusal(PeerRefusalKind Kind, string Reason);

/// <summary>What a server knows of itself, for <see cref="PeerGate"/>.</summary>
/// <param name="Group">The identity of its group; none while it does not know it for certain.</param>
/// <param name="Journal">Its journal.</param>
/// <param name="HasEntries">Whether it has any entries.</param>
/// <param name="Term">Its current term.</param>
internal readonly record struct LocalIdentity(GroupIdentity Group, JournalIdentity Journal, bool HasEntries, long Term = 0);
