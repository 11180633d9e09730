using Akka.Event;
using Raft.Actors.LogLines;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>Logs why answers cannot be a follower's, once in half a minute: a sender could send any number of them.</summary>
internal sealed class RefusedAnswers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly LinePace _pace = new(Interval);

    /// <summary>An answer was refused.</summary>
    public void Say(ILoggingAdapter logger, IPeerAnswer answer, string reason, TimeSpan now)
    {
        if (_pace.IsTold(now, out var inSilence))
        {
            var others = inSilence == 0 ? string.Empty : $" ({inSilence} more were refused since the last line)";
            logger.Warning("refused {0} in the name of {1}: {2}{3}", answer.GetType().Name, answer.Header.From, reason, others);
        }
    }
}
