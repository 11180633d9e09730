using System.Formats.Tar;
using System.IO.Compression;
using Raft.Tests.Infrastructure;

namespace Raft.Tests.Processes;

/// <summary>Commit 3187fba: its own assemblies, and what its hosts wrote (docs/testing.md, Data of older versions).</summary>
internal sealed class OldVersion : IDisposable
{
    private readonly TemporaryDirectory _program = new();

    /// <summary>Lays the old assemblies over links to today's dependencies, which are the same.</summary>
    public OldVersion()
    {
        Extract("host", Program);
        foreach (var path in Directory.EnumerateFileSystemEntries(AppContext.BaseDirectory))
        {
            var link = Path.Combine(Program, Path.GetFileName(path));
            if (File.Exists(link))
            {
                continue;
            }

            if (Directory.Exists(path))
            {
                Directory.CreateSymbolicLink(link, path);
            }
            else
            {
                File.CreateSymbolicLink(link, path);
            }
        }
    }

    /// <summary>The directory that an old host starts from.</summary>
    public string Program => _program.Path;

    /// <summary>Where the old hosts listened: their configuration names these addresses.</summary>
    public static string Address(int number) => $"127.31.87.{number}";

    /// <summary>Unpacks one of the archives.</summary>
    public static void Extract(string archive, string directory)
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Data", "3187fba", $"{archive}.tar.gz"));
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        TarFile.ExtractToDirectory(unzipped, directory, overwriteFiles: true);
    }

    public void Dispose() => _program.Dispose();
}
