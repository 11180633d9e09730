namespace Raft.Actors.StateMachine;

/// <summary>Says at which command of a batch the state machine threw.</summary>
internal sealed class CommandFailedException(long index, long term, Exception cause) : Exception(cause.Message, cause)
{
    public long Index => index;

    public long Term => term;
}
