using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Raft.Tests.Processes;

/// <summary>
/// What commit 3187fba left behind: its assemblies, the data directories of a group of three, and an exported snapshot
/// (docs/testing.md, Data of older versions).
/// </summary>
internal static class OldVersion
{
    // Outside of what HostCluster picks from and of what the system gives to outgoing connections. The data names them.
    public static readonly int[] Ports = [19831, 19841, 19832, 19842, 19833, 19843];

    private static readonly string[] Assemblies = ["Raft.Host.dll", "Raft.Actors.dll"];
    private static readonly JsonSerializerOptions Json = new() { PropertyNameCaseInsensitive = true };

    /// <summary>The exported snapshot of the old group.</summary>
    public static string SnapshotFile => File("kv.raftsnap");

    /// <summary>Keys and sessions that the old group acknowledged.</summary>
    public static OldGroup Group(string journal) => Read<OldGroup>($"group-{journal}.json");

    /// <summary>What the exported snapshot holds.</summary>
    public static Dictionary<string, OldKey> SnapshotKeys() => Read<Dictionary<string, OldKey>>("kv.raftsnap.json");

    /// <summary>Unpacks the data directories of the old group below a directory: n1/data, n2/data and n3/data.</summary>
    public static void UnpackGroup(string journal, string directory) => Unpack($"group-{journal}.tar.gz", directory);

    /// <summary>
    /// Makes a directory with the old host: its own two assemblies, and links to today's files for the rest. The two versions
    /// have the same dependencies.
    /// </summary>
    public static string InstallHost(string directory)
    {
        Directory.CreateDirectory(directory);
        foreach (var entry in new DirectoryInfo(AppContext.BaseDirectory).EnumerateFileSystemInfos())
        {
            if (!Assemblies.Contains(entry.Name))
            {
                System.IO.File.CreateSymbolicLink(Path.Combine(directory, entry.Name), entry.FullName);
            }
        }

        Unpack("host.tar.gz", directory);
        return directory;
    }

    private static string File(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "3187fba", name);

    private static T Read<T>(string name) => JsonSerializer.Deserialize<T>(System.IO.File.ReadAllText(File(name)), Json)!;

    private static void Unpack(string name, string directory)
    {
        Directory.CreateDirectory(directory);
        using var file = System.IO.File.OpenRead(File(name));
        using var content = new GZipStream(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(content, directory, overwriteFiles: false);
    }
}

/// <summary>A key of the old group, at the index of its last write.</summary>
internal sealed record OldKey(string Value, long Version);

/// <summary>A write in a session, and the index that its answer named.</summary>
internal sealed record OldSessionWrite(long Session, long Sequence, string Key, string Value, long Index);

/// <summary>What the old group acknowledged.</summary>
internal sealed record OldGroup(Dictionary<string, OldKey> Keys, OldSessionWrite[] Sessions);
