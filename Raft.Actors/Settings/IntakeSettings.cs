namespace Raft.Actors.Settings;

/// <summary>
/// The section <c>raft.intake</c>: how much a leader takes in. A command beyond these bounds waits for its enqueue timeout, or
/// is answered <see cref="Protocol.Overloaded"/>. One sender gets at most eight times what is left free.
/// </summary>
public sealed record IntakeSettings
{
    /// <summary>
    /// <c>max-commands-in-flight</c>: the number of commands that are accepted and not yet applied. Above zero; 16384 by
    /// default. Too few cost throughput; more cost memory, and time in the queue.
    /// </summary>
    public int MaxCommandsInFlight { get; init; } = 16384;

    /// <summary>
    /// <c>max-bytes-in-flight</c>, in bytes: the size of these commands together. At least <see cref="MaxCommandBytes"/>;
    /// 64 MiB by default.
    /// </summary>
    public long MaxBytesInFlight { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// <c>max-commands-waiting</c>: the number of commands that wait to be accepted. Only commands with an enqueue timeout
    /// above zero wait. Zero or more; 4096 by default. With zero none waits.
    /// </summary>
    public int MaxCommandsWaiting { get; init; } = 4096;

    /// <summary>
    /// <c>max-bytes-waiting</c>, in bytes: the size of these commands together. At least <see cref="MaxCommandBytes"/>; 64 MiB
    /// by default.
    /// </summary>
    public long MaxBytesWaiting { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// <c>enqueue-timeout</c>: how long a command that names no enqueue timeout waits to be accepted. Zero or more. Zero, the
    /// default, answers <see cref="Protocol.Overloaded"/> at once, and the sender decides when to try again.
    /// </summary>
    public TimeSpan EnqueueTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// <c>max-command-bytes</c>, in bytes: the size of one command with its extensions. A larger one is answered
    /// <see cref="Protocol.TooLarge"/>. Above zero; 96 KiB by default. Akka.Remote's maximum-frame-size must be 4 KiB larger,
    /// otherwise the command could never reach a follower.
    /// </summary>
    public int MaxCommandBytes { get; init; } = 96 * 1024;

    /// <summary>
    /// <c>max-reads-waiting</c>: the number of reads and leader verifications that wait for their round of heartbeats. Above
    /// zero; 65536 by default. More are answered <see cref="Protocol.Overloaded"/>.
    /// </summary>
    public int MaxReadsWaiting { get; init; } = 65536;

    internal void Validate()
    {
        RaftSettings.Positive(MaxCommandsInFlight, "raft.intake.max-commands-in-flight");
        RaftSettings.Positive(MaxCommandBytes, "raft.intake.max-command-bytes");
        RaftSettings.Check(
            MaxBytesInFlight >= MaxCommandBytes, "raft.intake.max-bytes-in-flight", MaxBytesInFlight,
            $"must hold at least one command of raft.intake.max-command-bytes ({MaxCommandBytes})");
        RaftSettings.Check(
            MaxCommandsWaiting >= 0, "raft.intake.max-commands-waiting", MaxCommandsWaiting, "must not be negative");
        RaftSettings.Check(
            MaxBytesWaiting >= MaxCommandBytes, "raft.intake.max-bytes-waiting", MaxBytesWaiting,
            $"must hold at least one command of raft.intake.max-command-bytes ({MaxCommandBytes})");
        RaftSettings.Check(
            EnqueueTimeout >= TimeSpan.Zero, "raft.intake.enqueue-timeout", EnqueueTimeout, "must not be negative");
        RaftSettings.Positive(MaxReadsWaiting, "raft.intake.max-reads-waiting");
    }
}
