namespace Raft.Actors.StateMachine;

/// <summary>
/// A state machine of which a later version of the software gives a new meaning to commands, or knows new ones (etcd's cluster version,
/// CockroachDB's version gates). Each server announces the version that its state machine supports. The leader raises the group's version
/// when every member supports the next one, by an entry of the log; each <see cref="Command.Version"/> tells which one counts for that command.
/// </summary>
/// <remarks>
/// <para>Raise <see cref="SupportedVersion"/> by one with each release that changes what a command means, keep the old meanings, and choose
/// by <see cref="Command.Version"/>. Old entries keep their old meaning then, and an upgrade can be taken back until the last server has it.</para>
/// <para>A snapshot may be read by every server that supports the group's version: write the form that belongs to the highest
/// <see cref="Command.Version"/> that was applied, or to the snapshot that was restored.</para>
/// <para>A command that is new in a version asks for it by <see cref="Protocol.Apply.MinimumVersion"/>; the leader refuses it before.</para>
/// </remarks>
public interface IVersionedStateMachine
{
    /// <summary>
    /// The highest version that this software supports, with all versions below it. 0 is a state machine without versions. Asked once,
    /// after the state machine was made. A server whose state machine does not support the group's version applies nothing and serves nobody.
    /// </summary>
    int SupportedVersion { get; }
}
