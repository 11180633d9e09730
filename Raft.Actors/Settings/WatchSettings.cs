namespace Raft.Actors.Settings;

/// <summary>The section <c>raft.watch</c>: how many changes of keys a server remembers, and how many readers may wait.</summary>
public sealed record WatchSettings
{
    /// <summary>
    /// <c>max-bytes</c>, in bytes: the size of the last changes that a server remembers, for all watchers together. Above zero;
    /// 16 MiB by default. A watcher that asks for older ones is told that they are forgotten. Give this value to the
    /// <see cref="Watching.ChangeFeed"/> that you make.
    /// </summary>
    public long MaxBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// <c>max-waiting</c>: how many questions may wait for the next change at one server. Above zero; 1024 by default. More are
    /// answered <see cref="Protocol.Overloaded"/>.
    /// </summary>
    public int MaxWaiting { get; init; } = 1024;

    internal void Validate()
    {
        RaftSettings.Positive(MaxBytes, "raft.watch.max-bytes");
        RaftSettings.Positive(MaxWaiting, "raft.watch.max-waiting");
    }
}
