using Akka.Event;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>
/// Says of answers that cannot be a follower's why, once in half a minute: who sends them decides how many there are.
/// </summary>
internal sealed class RefusedAnswers(ILoggingAdapter logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private TimeSpan? _saidAt;
    private long _inSilence;

    /// <summary>An answer was refused.</summary>
    public void Say(IPeerAnswer answer, string reason, TimeSpan now)
    {
        if (_saidAt is { } before && now - before < Interval)
        {
            _inSilence++;
            return;
        }

        var others = _inSilence == 0 ? string.Empty : $" ({_inSilence} more were refused since the last line)";
        logger.Warning("refused {0} in the name of {1}: {2}{3}", answer.GetType().Name, answer.Header.From, reason, others);
        (_saidAt, _inSilence) = (now, 0);
    }
}
