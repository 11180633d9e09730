using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary>The outcome of a request to Raft.</summary>
internal abstract record GatewayAnswer
{
    private GatewayAnswer()
    {
    }

    /// <summary>A command was applied, or a read was answered.</summary>
    /// <param name="Index">The command's log index, or the index up to which the answering state had applied the log.</param>
    /// <param name="Term">The command's term; 0 for a read.</param>
    /// <param name="Result">The state machine's bytes; empty if it gave something else.</param>
    public sealed record Carried(long Index, long Term, ReadOnlyMemory<byte> Result) : GatewayAnswer
    {
        /// <summary>How far behind the answering state may be; null if unknown.</summary>
        public TimeSpan? Staleness { get; init; }
    }

    /// <summary>Raft answered a request that is not for the state machine.</summary>
    /// <param name="Reply">The answer.</param>
    public sealed record Answered(IRaftReply Reply) : GatewayAnswer;

    /// <summary>Raft refused the request, or does not know its outcome.</summary>
    /// <param name="Failure">The failure.</param>
    public sealed record Failed(RaftFailure Failure) : GatewayAnswer;

    /// <summary>Raft gave no answer in time, or a reply that does not fit the request.</summary>
    /// <param name="Error">What happened.</param>
    /// <param name="Outcome">Whether the request may have been done.</param>
    /// <param name="TimedOut">Whether the time was over.</param>
    public sealed record Silent(string Error, Outcome Outcome, bool TimedOut) : GatewayAnswer;
}
