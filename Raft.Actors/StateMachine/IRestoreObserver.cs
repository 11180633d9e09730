namespace Raft.Actors.StateMachine;

/// <summary>A state machine that also wants to know of which place in the log a state is that was restored, as one does that tells others what changes.</summary>
public interface IRestoreObserver
{
    /// <summary>
    /// The state was replaced by that of a snapshot (or by one that was restored by hand). Called right after <see cref="IStateMachineRestore.Complete"/>,
    /// before the next command.
    /// </summary>
    /// <param name="index">The state is that behind this entry; what led to it, the state machine may not have seen.</param>
    void OnRestored(long index);
}
