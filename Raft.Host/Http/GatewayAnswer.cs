using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary>What came of a request to Raft.</summary>
internal abstract record GatewayAnswer
{
    private GatewayAnswer()
    {
    }

    /// <summary>It was carried out.</summary>
    /// <param name="Index">The command's log index, or the index up to which the answering state had applied the log.</param>
    /// <param name="Term">The command's term; 0 with a read.</param>
    /// <param name="Result">The state machine's bytes; empty where it gave something else.</param>
    public sealed record Carried(long Index, long Term, ReadOnlyMemory<byte> Result) : GatewayAnswer
    {
        /// <summary>How far behind the answering state may be; null where that is not said.</summary>
        public TimeSpan? Staleness { get; init; }
    }

    /// <summary>Raft answered a request that is not the state machine's.</summary>
    /// <param name="Reply">Its words.</param>
    public sealed record Answered(IRaftReply Reply) : GatewayAnswer;

    /// <summary>Raft said no, or that it does not know.</summary>
    /// <param name="Failure">Its words.</param>
    public sealed record Failed(RaftFailure Failure) : GatewayAnswer;

    /// <summary>Raft said nothing in time, or something that is no answer.</summary>
    /// <param name="Error">What happened.</param>
    /// <param name="Outcome">What may be concluded.</param>
    /// <param name="TimedOut">Whether it was the time.</param>
    public sealed record Silent(string Error, Outcome Outcome, bool TimedOut) : GatewayAnswer;
}
