using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>
/// To a client's actor: have a request answered by the group. Answered once: by the request's own answer, or by a
/// <see cref="RaftFailure"/>, at the latest when the time is over (<see cref="DeadlinePassed"/>).
/// </summary>
/// <param name="Request">The request.</param>
/// <param name="Timeout">How long it may take; null takes the client's setting.</param>
public sealed record ClientRequest(IRaftRequest Request, TimeSpan? Timeout = null);

/// <summary>From a request's actor to the client's: find a server and send the request.</summary>
internal sealed record SendAttempt
{
    public static readonly SendAttempt Instance = new();
}

/// <summary>To a request's actor: it was sent to that address.</summary>
internal sealed record AttemptSent(string Address);

/// <summary>To a request's actor: its session is gone, and an earlier copy of it may have been applied.</summary>
internal sealed record SessionGone(long SessionId);

/// <summary>From a request's actor to the client's: what a server answered, or null if it did not answer.</summary>
internal sealed record AttemptFailed(string Address, RaftFailure? Failure);

/// <summary>
/// From a request's actor to the client's: the session has ended; the request begins anew in the next one, if it can.
/// </summary>
internal sealed record BeginAnew(long SessionId);

/// <summary>From a request's actor to the client's: it is answered.</summary>
internal sealed record RequestFinished(IActorRef Client, object Answer);
