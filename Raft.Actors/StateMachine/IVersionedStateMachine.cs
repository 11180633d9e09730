namespace Raft.Actors.StateMachine;

/// <summary>
/// A state machine whose later versions give commands a new meaning, or know new commands (etcd's cluster version,
/// CockroachDB's version gates). Each server announces the version that its state machine supports. When every member supports
/// the next one, the leader raises the group's version by an entry of the log. <see cref="Command.Version"/> says which version
/// counts for a command.
/// </summary>
/// <remarks>
/// <para>Raise <see cref="SupportedVersion"/> by one with each release that changes what a command means, keep the old meanings,
/// and choose by <see cref="Command.Version"/>. Then old entries keep their old meaning, and an upgrade can be taken back until
/// the last server has it.</para>
/// <para>A snapshot may be read by every server that supports the group's version: write the form that belongs to the highest
/// <see cref="Command.Version"/> that was applied, or to the snapshot that was restored.</para>
/// <para>A command that is new in a version asks for it by <see cref="Protocol.Apply.MinimumVersion"/>. The leader refuses it
/// while the group has a lower version.</para>
/// </remarks>
public interface IVersionedStateMachine
{
    /// <summary>
    /// The highest version that this software supports, with all versions below it. 0: a state machine without versions. It is
    /// read once, after the state machine was made. A server whose state machine does not support the group's version applies
    /// nothing and serves no client.
    /// </summary>
    int SupportedVersion { get; }
}
