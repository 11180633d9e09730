namespace Raft.Benchmarks.Processes;

/// <summary>A group of our servers.</summary>
internal sealed class NodeGroup : ProcessGroup
{
    private readonly string _executable;
    private readonly string[] _files;

    /// <summary>Writes the servers' files; none is started.</summary>
    /// <param name="directory">Where; made, and deleted in the end.</param>
    /// <param name="servers">How many.</param>
    /// <param name="hocon">What goes into each one's configuration besides.</param>
    /// <param name="executable">The build of these benchmarks that runs the servers; null: this one.</param>
    public NodeGroup(string directory, int servers, string hocon, string? executable = null)
        : base(directory, servers)
    {
        _executable = executable ?? Environment.ProcessPath!;
        var list = string.Join(
            ", ",
            Ports.Select((port, i) => $$"""{ id = n{{i + 1}}, address = "akka.tcp://raft@127.0.0.1:{{port}}" }"""));
        _files = [.. Ports.Select((port, i) =>
        {
            var nodeDirectory = Directory.CreateDirectory(DirectoryOf(i)).FullName;
            var file = Path.Combine(nodeDirectory, "node.conf");
            File.WriteAllText(file, $$"""
                raft {
                  group = bench
                  server-id = n{{i + 1}}
                  servers = [ {{list}} ]
                  storage.directory = "{{nodeDirectory}}"
                }
                # The echo that tells what a round trip takes by itself: bytes (4), sent to a selection (6).
                raft.door.serializers = [4, 6]
                akka {
                  loglevel = WARNING
                  stdout-loglevel = OFF
                  loggers = []
                  log-dead-letters = off
                  actor.provider = remote
                  # The rest as the host has it: BenchmarkNode.
                  remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}} }
                }
                {{hocon}}
                """);
            return file;
        })];
    }

    /// <summary>Where a server listens, as an actor's address.</summary>
    public string AddressOf(int index) => $"akka.tcp://raft@127.0.0.1:{Ports[index]}";

    /// <summary>The bytes of all files of a server whose names begin so.</summary>
    public long BytesOf(int index, string prefix) => new DirectoryInfo(DirectoryOf(index))
        .EnumerateFiles($"{prefix}*", SearchOption.AllDirectories)
        .Sum(static file => file.Exists ? file.Length : 0);

    protected override string[] CommandOf(int index) => [_executable, "node", _files[index]];
}
