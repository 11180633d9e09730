using System.Collections.Immutable;
using System.Globalization;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.Snapshots;
using Raft.Actors.Storage;
using Raft.Actors.Storage.Files;
using Raft.Actors.Storage.Segments;
using Raft.Tests.Infrastructure;
using Raft.Tests.Maintenance;

namespace Raft.Tests.Fuzz;

/// <summary>
/// Damages what a server left on its disk, at random, and starts from it. The start is refused by an error of ours, and then
/// the files are as they were; or what is read is a prefix of what was confirmed, with nothing missing that is known to have
/// been. Reading it before changes nothing, and names a refusal where the start is refused.
/// </summary>
internal sealed class FileFuzz(Action<string> report)
{
    private const long MostBytes = 256 * 1024 * 1024;

    private readonly Dictionary<string, int> _ends = [];

    /// <summary>How many ended how.</summary>
    public string Summary => string.Join(", ", _ends.OrderBy(static end => end.Key, StringComparer.Ordinal).Select(static end => $"{end.Key} {end.Value}"));

    /// <summary>Runs a number of damages.</summary>
    /// <param name="seed">The seed of the first; the next one's is one more.</param>
    /// <param name="count">How many.</param>
    public async Task RunAsync(int seed, int count)
    {
        var kinds = new List<StoredFiles>();
        foreach (var journal in (JournalKind[])[JournalKind.Segments, JournalKind.Sql])
        {
            kinds.Add(await StoredFiles.MakeAsync(journal, isStopped: true));
            kinds.Add(await StoredFiles.MakeAsync(journal, isStopped: false));
        }

        var snapshot = await SnapshotAsync();
        using var directory = new TemporaryDirectory();
        for (var done = 0; done < count; done++)
        {
            var current = unchecked(seed + done);
            var random = new Random(current);
            var kind = random.Next(10);
            var (end, words) = kind == 9
                ? await SnapshotAsync(random, snapshot)
                : Run(random, kinds[kind < 6 ? kind % 2 : 2 + (kind % 2)], directory.Path);
            _ends[end] = _ends.GetValueOrDefault(end) + 1;
            if (end.StartsWith("WRONG", StringComparison.Ordinal))
            {
                report(string.Create(CultureInfo.InvariantCulture, $"seed {current}: {end} ({words})"));
            }
        }
    }

    private static (string End, string Words) Run(Random random, StoredFiles kind, string root)
    {
        var (files, hit, words) = FileDamage.Apply(random, kind.Files);
        if (random.Next(4) == 0)
        {
            var (twice, second, more) = FileDamage.Apply(random, files);
            (files, hit, words) = (twice, $"{hit} {second}", $"{words}; {more}");
        }

        words = $"{kind.Name}: {words}";
        StoredFiles.LayOut(root, files);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var read = Read(kind, root);
            if (!Same(files, StoredFiles.Take(root)))
            {
                return ("WRONG: reading has changed a file", words);
            }

            var started = Open(kind, root);
            var isKept = started is null || SameJournal(files, StoredFiles.Take(root));
            var rows = ImmutableArray<JournalRow>.Empty;
            started ??= ReadRows(kind, root, out rows);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            return (allocated > MostBytes ? $"WRONG: {allocated} bytes were allocated"
                : !isKept ? $"WRONG: a file was changed and the start refused: {started}"
                : started is null && rows.IsEmpty && IsGone(files) ? "begins anew, for nothing is left"
                : (read is null) != (started is null) ? $"WRONG: who reads says '{read}', who starts '{started}'"
                : started is not null ? "refused"
                : Judge(kind, hit, rows), words);
        }
        catch (Exception unexpected)
        {
            return ($"WRONG: {unexpected.GetType().Name}: {unexpected.Message}", words + unexpected.StackTrace);
        }
    }

    /// <summary>What inspect finds; null where nothing is wrong.</summary>
    private static string? Read(StoredFiles kind, string root)
    {
        try
        {
            using var server = StoppedServer.OpenReadOnly(kind.Settings(root), StoredFiles.Server, StoredFiles.Group);
            var found = server.Read();
            return found.Problems.Select(static problem => problem.Description).Concat(found.Refusals).FirstOrDefault();
        }
        catch (RaftConfigurationException refused)
        {
            return refused.Message;
        }
    }

    /// <summary>What a server meets that starts; null where nothing is wrong.</summary>
    private static string? Open(StoredFiles kind, string root)
    {
        try
        {
            using var storage = RaftStorage.Open(kind.Settings(root), StoredFiles.Server, StoredFiles.Group);
            if (kind.Journal == JournalKind.Segments)
            {
                var (folder, id) = (StoredFiles.Folder(root), $"raft/{StoredFiles.Group}/{StoredFiles.Server}");
                SegmentedLog.Open(folder, id, 64 * 1024, ConfirmedMark.Read(folder, id)).Dispose();
            }

            return null;
        }
        catch (Exception refused) when (refused is RaftConfigurationException or InvalidDataException)
        {
            return refused.Message;
        }
    }

    /// <summary>What a node meets then that reads the journal.</summary>
    private static string? ReadRows(StoredFiles kind, string root, out ImmutableArray<JournalRow> rows)
    {
        using var server = StoppedServer.OpenReadOnly(kind.Settings(root), StoredFiles.Server, StoredFiles.Group);
        if (server.Read().Problems is [var problem, ..])
        {
            rows = [];
            return problem.Description;
        }

        using var storage = RaftStorage.OpenExisting(kind.Settings(root), StoredFiles.Server, StoredFiles.Group, isReadOnly: true, out var opened);
        rows = [.. opened.ReadJournal()];
        return null;
    }

    private static string Judge(StoredFiles kind, string hit, ImmutableArray<JournalRow> rows)
    {
        for (var at = 0; at < rows.Length; at++)
        {
            if (at >= kind.Rows.Length || rows[at].SequenceNr != kind.Rows[at].SequenceNr || !rows[at].Bytes.Span.SequenceEqual(kind.Rows[at].Bytes.Span))
            {
                return $"WRONG: event {rows[at].SequenceNr} at place {at} is not what was written";
            }
        }

        // Where the mark is damaged too, nobody knows.
        var isKnown = !hit.Contains(ConfirmedMark.FileName, StringComparison.Ordinal);
        return rows.Length < kind.Confirmed && isKnown ? $"WRONG: {rows.Length} events of {kind.Confirmed} that are known to be confirmed"
            : rows.Length < kind.Rows.Length ? "shorter, and nobody could know"
            : "all there";
    }

    private static async Task<byte[]> SnapshotAsync()
    {
        var content = new byte[20_000];
        new Random(1).NextBytes(content);
        var head = SnapshotFile.Head(new SnapshotFileHead(
            StoredFiles.Group, new SnapshotDescriptor(10, 2, JournalAuditTests.Configuration("n1", "n2"), 1, content.Length, Crc32C.Of(content))));
        byte[] bytes = [.. head, .. content];
        await SnapshotFile.VerifyAsync(new MemoryStream(bytes));
        return bytes;
    }

    private static async Task<(string End, string Words)> SnapshotAsync(Random random, byte[] whole)
    {
        var files = ImmutableSortedDictionary<string, byte[]>.Empty.Add("snapshot", whole);
        var (damaged, _, words) = FileDamage.Apply(random, files);
        try
        {
            var bytes = damaged.GetValueOrDefault("snapshot", []);
            await SnapshotFile.VerifyAsync(new MemoryStream(bytes));
            return (bytes.AsSpan().SequenceEqual(whole) ? "all there" : "WRONG: a damaged snapshot file is taken", words);
        }
        catch (InvalidDataException)
        {
            return ("refused", words);
        }
        catch (Exception unexpected)
        {
            return ($"WRONG: {unexpected.GetType().Name}: {unexpected.Message}", words);
        }
    }

    private static bool Same(ImmutableSortedDictionary<string, byte[]> one, ImmutableSortedDictionary<string, byte[]> other) =>
        one.Count == other.Count && one.All(file => other.TryGetValue(file.Key, out var bytes) && bytes.AsSpan().SequenceEqual(file.Value));

    private static bool IsGone(ImmutableSortedDictionary<string, byte[]> files) =>
        !files.Keys.Any(static name => name.StartsWith("journal", StringComparison.Ordinal) && !name.EndsWith("-shm", StringComparison.Ordinal));

    // What SQLite needs while a start looks, an empty write-ahead log among it, holds no event.
    private static bool SameJournal(ImmutableSortedDictionary<string, byte[]> one, ImmutableSortedDictionary<string, byte[]> other)
    {
        return Same(Strip(one), Strip(other));

        static ImmutableSortedDictionary<string, byte[]> Strip(ImmutableSortedDictionary<string, byte[]> files) =>
            files.Where(static file => file.Key.StartsWith("journal", StringComparison.Ordinal) && !file.Key.EndsWith("-shm", StringComparison.Ordinal) && (file.Value.Length > 0 || !file.Key.EndsWith("-wal", StringComparison.Ordinal)))
                .ToImmutableSortedDictionary(StringComparer.Ordinal);
    }
}
