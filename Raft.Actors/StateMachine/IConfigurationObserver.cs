using Raft.Actors.Model;

namespace Raft.Actors.StateMachine;

/// <summary>
/// A state machine that also wants the group's configurations, each in its place in the log (hashicorp/raft's <c>ConfigurationStore</c>): behind the
/// commands before it and before the commands behind it, on every server alike.
/// </summary>
public interface IConfigurationObserver
{
    /// <summary>A configuration is committed. Called as <see cref="IStateMachine.Apply"/> is, and an exception means the same.</summary>
    /// <param name="index">The index of its entry.</param>
    /// <param name="configuration">The configuration.</param>
    void OnConfiguration(long index, Configuration configuration);
}
