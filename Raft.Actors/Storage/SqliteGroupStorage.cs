using System.Data.Common;
using LinqToDB;
using Microsoft.Data.Sqlite;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage.Files;
using Raft.Actors.Storage.Segments;

namespace Raft.Actors.Storage;

/// <summary>
/// A group's SQLite files: <c>{directory}/{group}/{server}/journal.db</c> and <c>snapshots.db</c>. Two, because SQLite has
/// one writer per file, and a snapshot's chunks would keep the journal waiting.
/// </summary>
internal sealed class SqliteGroupStorage : GroupStorage
{
    private const string JournalFile = "journal.db";
    private const string Advice = ": restore it, or remove this server's data and let it join anew";

    private readonly RaftStorageSettings _settings;
    private readonly string _directory;
    private readonly DirectoryLock? _lock;
    private readonly bool _isReadOnly;
    private readonly SqliteDatabase _journal;
    private readonly SqliteDatabase _snapshots;
    private SqliteReadOnlyFile? _readOnlyFile;
    private SqliteMarker? _marker;

    private SqliteGroupStorage(
        RaftStorageSettings settings,
        string group,
        ServerId server,
        string directory,
        DirectoryLock? directoryLock,
        bool isReadOnly = false)
        : base(group, server, ProviderName.SQLiteMS)
    {
        (_settings, _directory, _lock, _isReadOnly) = (settings, directory, directoryLock, isReadOnly);
        Place = settings.Journal == JournalKind.Sql ? Path.Combine(directory, JournalFile) : directory;
        _journal = new SqliteDatabase(Path.Combine(directory, JournalFile));
        _snapshots = new SqliteDatabase(Path.Combine(directory, "snapshots.db"), Schema.SqliteSnapshots);
    }

    public override DataOptions JournalOptions => _journal.Options;

    public override DataOptions SnapshotOptions => _snapshots.Options;

    public override string Place { get; }

    private string Journal => _journal.File;

    /// <inheritdoc />
    public override void AcceptCopy() => new DataOrigin(_directory, JournalFile).Record();

    public static SqliteGroupStorage Open(RaftStorageSettings settings, string group, ServerId server) =>
        Guard(settings, group, server, () =>
        {
            var directory = DurableDirectory.Create(Root(settings), group, server.Value);
            var storage = new SqliteGroupStorage(
                settings, group, server, directory, DirectoryLock.Acquire(directory, group, server));
            try
            {
                var origin = new DataOrigin(directory, JournalFile);
                origin.Check();
                storage.CheckJournalKind();
                storage.CheckSnapshots();
                if (storage.Damage() is { } damage)
                {
                    throw new RaftConfigurationException(damage);
                }

                if (settings.Journal == JournalKind.Sql)
                {
                    storage._journal.Prepare(Schema.SqliteJournal);
                    storage._marker = SqliteMarker.Begin(storage.Journal, directory, storage.PersistenceId);
                }

                storage._snapshots.Prepare(Schema.SqliteSnapshots);
                origin.Record();
                return storage;
            }
            catch
            {
                storage.Dispose();
                throw;
            }
        });

    /// <summary>What a stopped server has left; nothing is made.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="group">The group.</param>
    /// <param name="server">The server.</param>
    /// <param name="isReadOnly">Whether nothing will be written: then the directory, and the file system that it is on, may be
    /// read-only.</param>
    public static SqliteGroupStorage OpenExisting(RaftStorageSettings settings, string group, ServerId server, bool isReadOnly) =>
        Guard(settings, group, server, () =>
        {
            var directory = Path.Combine(Root(settings), group, server.Value);
            var file = settings.Journal == JournalKind.Sql ? JournalFile : Segment.NameOf(1);
            var files = settings.Journal == JournalKind.Sql ? JournalFile + "*" : Segment.Pattern;
            if (!Directory.Exists(directory) || !Directory.EnumerateFiles(directory, files).Any())
            {
                throw new RaftConfigurationException(
                    $"raft.storage.directory = '{settings.Directory}': server {server} of group {group} has no journal there "
                    + $"(nothing like {Path.Combine(directory, file)}; raft.storage.journal says of which kind it is)");
            }

            return isReadOnly
                ? new SqliteGroupStorage(
                    settings, group, server, directory, DirectoryLock.Share(directory, group, server, out var note), isReadOnly)
                {
                    Note = note,
                }
                : new SqliteGroupStorage(settings, group, server, directory, DirectoryLock.Acquire(directory, group, server));
        });

    private static string Root(RaftStorageSettings settings) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(settings.Directory));

    private static SqliteGroupStorage Guard(
        RaftStorageSettings settings, string group, ServerId server, Func<SqliteGroupStorage> open)
    {
        RaftSettings.Check(
            group is not ("." or ".."), "raft.group", group,
            "the provider sqlite makes a directory of this name, choose another");
        RaftSettings.Check(
            server.Value is not ("." or ".."), "raft.server-id", server,
            "the provider sqlite makes a directory of this name, choose another");
        try
        {
            return open();
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new RaftConfigurationException(
                $"raft.storage.directory = '{settings.Directory}': {error.Message.TrimEnd('.')}; "
                + "let it name a directory that this process may write to",
                error);
        }
    }

    public override void Dispose()
    {
        _readOnlyFile?.Dispose();
        _marker?.Dispose();
        if (!_isReadOnly)
        {
            _journal.Release();
            _snapshots.Release();
        }

        _lock?.Dispose();
    }

    /// <inheritdoc />
    public override IEnumerable<JournalRow> ReadJournal() =>
        _settings.Journal == JournalKind.Segments ? ReadSegments() : _isReadOnly ? ReadOnly() : base.ReadJournal();

    /// <inheritdoc />
    public override string? Damage()
    {
        if (_settings.Journal != JournalKind.Sql)
        {
            // The journal's own plugin reads all of it, and so does every other reader here.
            return null;
        }

        var confirmed = ConfirmedMark.Read(_directory, PersistenceId);
        if (SqliteJournalCheck.ProblemOfFiles(Journal) is { } problem)
        {
            return problem + Advice;
        }

        if (!File.Exists(Journal))
        {
            return confirmed > 0 ? ConfirmedMark.Lost(Journal, 0, confirmed) + Advice : null;
        }

        try
        {
            using var reader = _isReadOnly ? null : SqliteDatabase.OpenReader(Journal);
            var connection = reader ?? ReadOnlyFile.Connection;
            return SqliteJournalCheck.Problem(connection, Journal, PersistenceId, confirmed) is { } damage
                ? damage + Advice
                : null;
        }
        catch (SqliteException unusable)
        {
            return $"{Journal} cannot be used ({unusable.Message}){Advice}";
        }
    }

    /// <inheritdoc />
    public override IEnumerable<string> Refusals()
    {
        foreach (var check in (Action[])[new DataOrigin(_directory, JournalFile).Check, CheckJournalKind, CheckSnapshots])
        {
            string? refusal = null;
            try
            {
                check();
            }
            catch (RaftConfigurationException refused)
            {
                refusal = refused.Message;
            }

            if (refusal is not null)
            {
                yield return refusal;
            }
        }
    }

    // While a write-ahead log is not folded in yet, SQLite needs the files beside it, and makes them.
    protected override DbConnection OpenReader() => SqliteDatabase.OpenReader(Place);

    private SqliteReadOnlyFile ReadOnlyFile => _readOnlyFile ??= SqliteReadOnlyFile.Open(Journal);

    private void CheckSnapshots() => _snapshots.CheckReadable(_isReadOnly);

    /// <inheritdoc />
    protected override string JournalConfig(string pluginId) => _settings.Journal == JournalKind.Sql
        ? base.JournalConfig(pluginId)
        : $$"""
            class = "{{NameOf(typeof(SegmentJournal))}}"
            plugin-dispatcher = "{{pluginId}}.dispatcher"
            dispatcher { type = Dispatcher, executor = "{{NameOf(typeof(DedicatedThreadsExecutor))}}" }
            directory = "{{Quoted(_directory)}}"
            persistence-id = "{{PersistenceId}}"
            segment-size = {{_settings.SegmentSize}}B
            """;

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    /// <summary>A text as it stands between the quotes of a HOCON string.</summary>
    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private IEnumerable<JournalRow> ReadOnly()
    {
        foreach (var row in ReadRows(ReadOnlyFile.Connection))
        {
            yield return row;
        }
    }

    private IEnumerable<JournalRow> ReadSegments()
    {
        using var log = SegmentedLog.OpenReadOnly(_directory, PersistenceId, ConfirmedMark.Read(_directory, PersistenceId));
        foreach (var (sequenceNr, body) in log.Read(1, long.MaxValue))
        {
            yield return EventCodec.ReadRow(sequenceNr, body);
        }
    }

    /// <summary>
    /// A server that has a journal of one kind must not begin an empty one of the other: it would forget its votes and its
    /// entries.
    /// </summary>
    private void CheckJournalKind()
    {
        var (isOther, kept) = _settings.Journal == JournalKind.Sql
            ? (System.IO.Directory.EnumerateFiles(_directory, Segment.Pattern).Any(), "segments")
            : (File.Exists(Path.Combine(_directory, JournalFile)), "sql");
        RaftSettings.Check(
            !isOther, "raft.storage.journal", _settings.Journal.ToString().ToLowerInvariant(),
            $"{_directory} holds a journal of the other kind, which the server would forget; set it to {kept}, "
            + "or remove the server from its group and its files, and let it join anew");
    }
}
