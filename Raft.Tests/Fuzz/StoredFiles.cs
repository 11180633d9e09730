using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Actors.Storage.Files;
using Raft.Tests.Infrastructure;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Fuzz;

/// <summary>What a server has left in its directory, held in memory so that it can be laid out and damaged often.</summary>
/// <param name="Name">Of which kind it is.</param>
/// <param name="Journal">The journal's kind.</param>
/// <param name="Files">Each file's bytes.</param>
/// <param name="Rows">The journal's events.</param>
/// <param name="Confirmed">At least so many of them are known to be confirmed.</param>
internal sealed record StoredFiles(
    string Name, JournalKind Journal, ImmutableSortedDictionary<string, byte[]> Files, ImmutableArray<JournalRow> Rows,
    long Confirmed)
{
    public const string Group = "kv";

    public static readonly ServerId Server = new("n1");

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Where the files are, below the storage's directory.</summary>
    public static string Folder(string root) => Path.Combine(root, Group, Server.Value);

    public RaftStorageSettings Settings(string root) => new() { Directory = root, Journal = Journal, SegmentSize = 64 * 1024 };

    /// <summary>Has a server write in two lives, and takes what it left.</summary>
    /// <param name="journal">The journal's kind.</param>
    /// <param name="isStopped">Whether the second life ended well; else it was killed.</param>
    /// <param name="writes">How many writes each life makes.</param>
    /// <param name="largest">The most bytes of a command.</param>
    public static async Task<StoredFiles> MakeAsync(JournalKind journal, bool isStopped, int writes = 40, int largest = 6000)
    {
        using var directory = new TemporaryDirectory();
        var settings = new StoredFiles(string.Empty, journal, ImmutableSortedDictionary<string, byte[]>.Empty, [], 0)
            .Settings(directory["data"]);
        var lives = Enumerable.Range(0, 2)
            .Select(life => Enumerable.Range(life * writes, writes).Select(write => Write(write, largest)).ToArray()).ToArray();
        await LiveAsync(settings, lives[0], static () => { });
        var files = ImmutableSortedDictionary<string, byte[]>.Empty;
        await LiveAsync(settings, lives[1], () => files = Take(settings.Directory));
        files = isStopped ? Take(settings.Directory) : files;

        // They are laid out anew each time, which is no copy that anybody made.
        files = files.RemoveRange(["origin", "lock"]);
        var left = directory["left"];
        LayOut(left, files);
        var confirmed = ConfirmedMark.Read(Folder(left), $"raft/{Group}/{Server}");
        using var storage = RaftStorage.OpenExisting(
            settings with { Directory = left }, Server, Group, isReadOnly: true, out var opened);
        return new StoredFiles(
            $"{journal}, {(isStopped ? "stopped" : "killed")}", journal, files, [.. opened.ReadJournal()], confirmed);
    }

    /// <summary>Lays files out in a directory, which is emptied before.</summary>
    public static void LayOut(string root, IEnumerable<KeyValuePair<string, byte[]>> files)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        Directory.CreateDirectory(Folder(root));
        foreach (var (name, bytes) in files)
        {
            File.WriteAllBytes(Path.Combine(Folder(root), name), bytes);
        }
    }

    /// <summary>What is in the directory, but for the lock, which nobody can read while it is held.</summary>
    public static ImmutableSortedDictionary<string, byte[]> Take(string root) => Directory.GetFiles(Folder(root))
        .Where(static file => Path.GetFileName(file) != "lock")
        .ToImmutableSortedDictionary(file => Path.GetFileName(file), ReadShared, StringComparer.Ordinal);

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static ImmutableArray<IJournalEvent> Write(int number, int largest) =>
    [
        .. Enumerable.Range(0, 1 + (number % 3)).Select(IJournalEvent (part) => number % 10 == 0 && part == 0
            ? new HardStateChanged(1 + (number / 10), default)
            : new EntriesAppended([Entry(IndexOf(number, part), 1 + (number / 10), Text(number, 1 + (number * 997 % largest)))])),
    ];

    private static string Text(int number, int length) => string.Join(' ', Enumerable.Range(number, length))[..length];

    private static long IndexOf(int number, int part)
    {
        var before = Enumerable.Range(0, number).Sum(static earlier => 1 + (earlier % 3) - (earlier % 10 == 0 ? 1 : 0));
        return before + part + (number % 10 == 0 ? 0 : 1);
    }

    private static async Task LiveAsync(
        RaftStorageSettings settings, IEnumerable<ImmutableArray<IJournalEvent>> writes, Action beforeTheEnd)
    {
        using var storage = RaftStorage.Open(settings, Server, Group);
        var config = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }")
            .WithFallback(RaftSettings.DefaultConfig());
        var system = ActorSystem.Create("files", storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        try
        {
            var writer = system.ActorOf(
                Props.Create(() => new JournalSeed($"raft/{Group}/{Server}", RaftStorage.JournalPlugin(Group))));
            foreach (var write in writes)
            {
                await writer.Ask<JournalSeed.Done>(write, Limit);
            }

            beforeTheEnd();
        }
        finally
        {
            await system.Terminate();
        }
    }
}
