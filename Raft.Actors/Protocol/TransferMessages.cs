using Raft.Actors.Model;

namespace Raft.Actors.Protocol;

/// <summary>
/// Hands leadership to another voter (dissertation 3.10). The leader takes nothing more, brings that server up to date and
/// tells it to begin an election at once. If the other server does not lead within an election timeout, the leader goes on.
/// Answered by the leader: <see cref="LeadershipTransferred"/> or <see cref="LeadershipTransferFailed"/>.
/// </summary>
/// <param name="To">The server that will lead; none chooses the voter that is heard and has most of the log.</param>
public sealed record TransferLeadership(ServerId To = default) : IRaftRequest;

/// <summary>Another server leads.</summary>
/// <param name="LeaderId">The new leader; nearly always the one that was named.</param>
/// <param name="Term">Its term.</param>
public sealed record LeadershipTransferred(ServerId LeaderId, long Term) : IRaftReply;

/// <summary>Leadership was not handed over.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Outcome">Unknown once the other server was told to call for an election: it may still win.</param>
public sealed record LeadershipTransferFailed(string Reason, Outcome Outcome) : RaftFailure(Outcome)
{
    /// <inheritdoc />
    public override string Message => $"leadership was not handed over: {Reason}";
}
