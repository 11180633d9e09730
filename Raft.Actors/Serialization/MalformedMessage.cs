using Akka.Actor;
using Akka.Event;
using Raft.Actors.LogLines;

namespace Raft.Actors.Serialization;

/// <summary>What was sent in the place of a message of ours and makes no sense. No actor takes it.</summary>
internal sealed record MalformedMessage;

/// <summary>
/// Says in the log that malformed messages come: of each kind one line a minute, with the number of those since, whoever sends
/// them to whom.
/// </summary>
/// <param name="system">Whose log; null in tests, which have none.</param>
internal sealed class MalformedMessages(ActorSystem? system)
{
    private static readonly MalformedMessage Instance = new();

    private readonly LineLimit<string> _limit = new(TimeProvider.System);

    /// <summary>The message. The line is logged if it is time for one.</summary>
    /// <param name="manifest">What it claims to be.</param>
    /// <param name="reason">What is wrong with it.</param>
    public MalformedMessage Of(string manifest, string reason)
    {
        // A kind that is not known could be any: all of them are one.
        var kind = MessageTable.ByManifest.ContainsKey(manifest) ? manifest : string.Empty;
        if (system is not null && _limit.IsTold(kind, out var inSilence))
        {
            Logging.GetLogger(system, "raft").Warning(
                "dropped a message '{0}' that makes no sense: {1}{2}",
                LogText.Clean(manifest), LogText.Clean(reason), LinePace.Others(inSilence));
        }

        return Instance;
    }
}
