using Raft.Actors.Model;

namespace Raft.Actors.StateMachine;

/// <summary>
/// A state machine that also wants the group's configurations (hashicorp/raft's <c>ConfigurationStore</c>). Each comes at its
/// place in the log: after the commands before it and before the commands after it, on every server alike.
/// </summary>
public interface IConfigurationObserver
{
    /// <summary>
    /// A configuration is committed. It is called like <see cref="IStateMachine.Apply"/>, and an exception means the same.
    /// </summary>
    /// <param name="index">The index of its entry.</param>
    /// <param name="configuration">The configuration.</param>
    void OnConfiguration(long index, Configuration configuration);
}
