namespace Raft.Actors.StateMachine;

/// <summary>
/// A state machine that also wants to know to which place in the log a restored state belongs. One that tells others what
/// changes needs it.
/// </summary>
public interface IRestoreObserver
{
    /// <summary>
    /// The state was replaced by that of a snapshot (or by one that was restored by hand). Called right after
    /// <see cref="IStateMachineRestore.Complete"/>, before the next command.
    /// </summary>
    /// <param name="index">The state is that after this entry. The state machine may not have seen the commands that led to
    /// it.</param>
    void OnRestored(long index);
}
