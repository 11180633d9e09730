using Akka.Configuration;
using Raft.Actors.Settings;

namespace Raft.Actors.Storage;

/// <summary>Where the journals and snapshots of a process are kept.</summary>
public enum StorageProvider : byte
{
    /// <summary>SQLite files of the server's own.</summary>
    Sqlite = 0,

    /// <summary>Tables of a PostgreSQL database.</summary>
    Postgres = 1,
}

/// <summary>What the journal is.</summary>
public enum JournalKind : byte
{
    /// <summary>Akka.Persistence.Sql, in the provider's database.</summary>
    Sql = 0,

    /// <summary>Append-only files of the library's own, beside the provider's: about as fast as the disk.</summary>
    Segments = 1,
}

/// <summary><c>raft.storage</c>: where the journals and snapshots of a process are kept.</summary>
public sealed record RaftStorageSettings
{
    /// <summary><c>raft.storage.provider</c>.</summary>
    public StorageProvider Provider { get; init; }

    /// <summary><c>raft.storage.journal</c>.</summary>
    public JournalKind Journal { get; init; }

    /// <summary><c>raft.storage.segment-size</c>, in bytes: 64 KiB to 1 GiB.</summary>
    public long SegmentSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>
    /// <c>raft.storage.directory</c>: the files are <c>{directory}/{group}/{server}/journal.db</c> and <c>snapshots.db</c>.
    /// Missing directories are made. It must be on a local disk: neither SQLite's write-ahead log nor the lock that keeps
    /// a second process out works on a network file system.
    /// </summary>
    public string Directory { get; init; } = "./data";

    /// <summary>
    /// <c>raft.storage.connection-string</c>, in Npgsql's form, as in <c>Host=db;Database=raft;Username=raft;Password=…</c>.
    /// </summary>
    public string ConnectionString { get; init; } = string.Empty;

    /// <summary>Reads the section <c>raft.storage</c> of a configuration, with reference.conf as its fallback.</summary>
    /// <exception cref="RaftConfigurationException">The provider is unknown, or what it needs is missing.</exception>
    public static RaftStorageSettings Create(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var storage = config.WithFallback(RaftSettings.DefaultConfig()).GetConfig("raft.storage");
        return new RaftStorageSettings
        {
            Provider = storage.GetString("provider") switch
            {
                "sqlite" => StorageProvider.Sqlite,
                "postgres" => StorageProvider.Postgres,
                var other => throw new RaftConfigurationException($"raft.storage.provider = '{other}': use sqlite or postgres"),
            },
            Journal = storage.GetString("journal") switch
            {
                "sql" => JournalKind.Sql,
                "segments" => JournalKind.Segments,
                var other => throw new RaftConfigurationException($"raft.storage.journal = '{other}': use sql or segments"),
            },
            SegmentSize = storage.GetByteSize("segment-size") ?? 0,
            Directory = storage.GetString("directory") ?? string.Empty,
            ConnectionString = storage.GetString("connection-string") ?? string.Empty,
        }.Validate();
    }

    internal RaftStorageSettings Validate()
    {
        RaftSettings.Check(
            Provider is StorageProvider.Sqlite or StorageProvider.Postgres,
            "raft.storage.provider", Provider, "use sqlite or postgres");
        RaftSettings.Check(
            Journal is JournalKind.Sql or JournalKind.Segments, "raft.storage.journal", Journal, "use sql or segments");
        RaftSettings.Check(
            Journal != JournalKind.Segments || Provider == StorageProvider.Sqlite, "raft.storage.journal", "segments",
            "its files stand beside those of SQLite; use it with raft.storage.provider = sqlite");
        RaftSettings.Check(
            SegmentSize is >= 64 * 1024 and <= 1024 * 1024 * 1024, "raft.storage.segment-size", SegmentSize, "use 64KiB to 1GiB");
        RaftSettings.Check(
            Provider != StorageProvider.Sqlite || !string.IsNullOrWhiteSpace(Directory), "raft.storage.directory", Directory,
            "the provider sqlite needs a directory of a local disk that this process may write to");
        RaftSettings.Check(
            Provider != StorageProvider.Postgres || !string.IsNullOrWhiteSpace(ConnectionString),
            "raft.storage.connection-string", string.Empty,
            "the provider postgres needs one, such as Host=db;Database=raft;Username=raft;Password=secret");
        return this;
    }
}
