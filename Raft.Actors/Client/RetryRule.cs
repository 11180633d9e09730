using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>What may be tried again.</summary>
internal static class RetryRule
{
    /// <summary>
    /// How many servers are asked in turn for changes that one has forgotten: a server that was sent a snapshot knows less than
    /// the others. It is more than most groups have, and few enough to be quick.
    /// </summary>
    public const int ServersToAskForChanges = 7;

    /// <summary>Whether a second copy of a request does no harm: it changes nothing, or is applied once.</summary>
    public static bool IsRepeatable(IRaftRequest request, bool inSession) => request switch
    {
        Apply apply => inSession || apply.Session is not null,
        Read or ReadChanges or VerifyLeader or GetLeader or GetStatus or ApplyBarrier => true,
        RegisterSession or KeepSessionAlive or CloseSession => true,
        RestoreRequest => true,
        _ => false,
    };

    /// <summary>Whether a request changes nothing, answered or not.</summary>
    public static bool ChangesNothing(IRaftRequest request) =>
        request is Read or ReadChanges or VerifyLeader or GetLeader or GetStatus or ApplyBarrier;

    /// <summary>Whether any server of the group can answer, and not the leader alone.</summary>
    public static bool IsForAnyServer(IRaftRequest request) =>
        request is GetLeader or GetStatus or ReadChanges
            or Read { Consistency: ReadConsistency.Stale or ReadConsistency.Follower or ReadConsistency.Bounded };

    /// <summary>Whether a request that failed so is worth another attempt.</summary>
    public static bool IsWorthARetry(RaftFailure failure, bool isRepeatable) => failure switch
    {
        { IsPermanent: true } => false,

        // Another restore has to end first, or an operator has to see the reason, and that is not for a client to wait for.
        RestoreRefused or SkipRefused => false,
        { Outcome: Outcome.NotDone } => true,
        { Outcome: Outcome.Unknown } => isRepeatable,
        _ => false,
    };
}
