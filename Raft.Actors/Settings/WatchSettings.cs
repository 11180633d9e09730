namespace Raft.Actors.Settings;

/// <summary><c>raft.watch</c>: what is remembered for those who watch keys, and how many may wait for changes.</summary>
public sealed record WatchSettings
{
    /// <summary><c>max-bytes</c>, in bytes; for whoever makes the server's <see cref="Watching.ChangeFeed"/>.</summary>
    public long MaxBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary><c>max-waiting</c>.</summary>
    public int MaxWaiting { get; init; } = 1024;

    internal void Validate()
    {
        RaftSettings.Positive(MaxBytes, "raft.watch.max-bytes");
        RaftSettings.Positive(MaxWaiting, "raft.watch.max-waiting");
    }
}
