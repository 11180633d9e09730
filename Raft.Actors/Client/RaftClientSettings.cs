using System.Collections.Immutable;
using Raft.Actors.Settings;

namespace Raft.Actors.Client;

/// <summary>How a <see cref="RaftClient"/> finds its group and how it tries again.</summary>
public sealed record RaftClientSettings
{
    /// <summary>The group's name.</summary>
    public required string Group { get; init; }

    /// <summary>
    /// Addresses of some of the group's servers, such as <c>akka.tcp://raft@10.0.0.1:4053</c>. The leader is learned
    /// from any of them, and need not be among them. At least one, unless <see cref="ClusterRole"/> finds them.
    /// </summary>
    public ImmutableArray<string> Contacts { get; init; } = [];

    /// <summary>
    /// A role of Akka.Cluster: its reachable members are contacts too. Null: none. Needs <c>akka.actor.provider = cluster</c>.
    /// </summary>
    public string? ClusterRole { get; init; }

    /// <summary>
    /// Whether commands go through a client session, which the client registers and keeps alive: they are then tried again
    /// whatever became of them, and applied once. Else a command whose outcome is open is never sent again.
    /// </summary>
    public bool ExactlyOnce { get; init; } = true;

    /// <summary>How long a request may take that names no timeout.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this time without an answer from a server another one is asked, if that is safe.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The shortest pause between two attempts; it doubles with each, up to <see cref="MaxBackoff"/>, less up to a fifth at
    /// random.
    /// </summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest pause between two attempts.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A subscriber of <see cref="RaftClient.Watch"/> that has not asked for more for this long is told that it is too slow,
    /// and its watch ends.
    /// </summary>
    public TimeSpan WatchPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many watches there may be at a time.</summary>
    public int MaxWatches { get; init; } = 256;

    /// <summary>How many requests may be under way; more are refused as <see cref="Protocol.Overloaded"/>.</summary>
    public int MaxRequests { get; init; } = 4096;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="RaftConfigurationException">The message names the setting and what to do.</exception>
    public RaftClientSettings Validate()
    {
        RaftSettings.Check(
            !Contacts.IsDefaultOrEmpty || !string.IsNullOrEmpty(ClusterRole), nameof(Contacts), string.Empty,
            $"name at least one server of the group, or the {nameof(ClusterRole)} that its servers have");
        foreach (var contact in Contacts.IsDefault ? [] : Contacts)
        {
            RaftSettings.Check(
                Akka.Actor.Address.TryParse(contact, out _), nameof(Contacts), contact,
                "must be an address such as akka.tcp://raft@10.0.0.1:4053");
        }

        RaftSettings.Positive(Timeout, nameof(Timeout));
        RaftSettings.Positive(AttemptTimeout, nameof(AttemptTimeout));
        RaftSettings.Positive(MinBackoff, nameof(MinBackoff));
        RaftSettings.Check(MaxBackoff >= MinBackoff, nameof(MaxBackoff), MaxBackoff, $"must not be below {nameof(MinBackoff)}");
        RaftSettings.Positive(WatchPatience, nameof(WatchPatience));
        RaftSettings.Positive(MaxWatches, nameof(MaxWatches));
        RaftSettings.Positive(MaxRequests, nameof(MaxRequests));
        return this;
    }
}
