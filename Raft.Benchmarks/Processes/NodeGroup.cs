using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Raft.Benchmarks.Processes;

/// <summary>A group of servers, each in a process of its own, on the loopback address.</summary>
internal sealed class NodeGroup : IDisposable
{
    private readonly string _directory;
    private readonly string[] _files;
    private readonly NodeProcess?[] _nodes;

    /// <summary>Writes the servers' files; none is started.</summary>
    /// <param name="directory">Where; made, and deleted in the end.</param>
    /// <param name="servers">How many.</param>
    /// <param name="hocon">What goes into each one's configuration besides.</param>
    public NodeGroup(string directory, int servers, string hocon)
    {
        _directory = directory;
        var ports = FreePorts(servers);
        var list = string.Join(", ", ports.Select((port, i) => $$"""{ id = n{{i + 1}}, address = "akka.tcp://raft@127.0.0.1:{{port}}" }"""));
        _nodes = new NodeProcess?[servers];
        _files = [.. ports.Select((port, i) =>
        {
            var nodeDirectory = Directory.CreateDirectory(DirectoryOf(i)).FullName;
            var file = Path.Combine(nodeDirectory, "node.conf");
            File.WriteAllText(file, $$"""
                raft {
                  group = bench
                  server-id = n{{i + 1}}
                  servers = [ {{list}} ]
                  intake.max-command-bytes = 1MiB
                  storage.directory = "{{nodeDirectory}}"
                }
                akka {
                  loglevel = WARNING
                  stdout-loglevel = OFF
                  loggers = []
                  log-dead-letters = off
                  actor.provider = remote
                  remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{port}}, maximum-frame-size = 4MiB, send-buffer-size = 4MiB, receive-buffer-size = 4MiB }
                }
                {{hocon}}
                """);
            return file;
        })];
    }

    public IEnumerable<NodeProcess> Running => _nodes.OfType<NodeProcess>();

    public NodeProcess this[int index] => _nodes[index] ?? throw new InvalidOperationException($"server n{index + 1} is not running");

    public string DirectoryOf(int index) => Path.Combine(_directory, $"n{index + 1}");

    /// <summary>The bytes of all files of a server whose names begin so.</summary>
    public long BytesOf(int index, string prefix) => new DirectoryInfo(DirectoryOf(index))
        .EnumerateFiles($"{prefix}*", SearchOption.AllDirectories)
        .Sum(static file => file.Exists ? file.Length : 0);

    public NodeProcess Start(int index) => _nodes[index] = new NodeProcess(_files[index]);

    public void StartAll()
    {
        for (var i = 0; i < _nodes.Length; i++)
        {
            Start(i);
        }
    }

    /// <summary>Ends a server in good order; its files stay.</summary>
    public async Task StopAsync(int index)
    {
        await this[index].QuitAsync();
        this[index].Dispose();
        _nodes[index] = null;
    }

    public async Task<NodeProcess> LeaderAsync()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            foreach (var node in Running)
            {
                if ((await node.StatusAsync()).Role == "Leader")
                {
                    return node;
                }
            }

            await Task.Delay(20);
        }

        throw new TimeoutException("no server became the leader within a minute");
    }

    public void Dispose()
    {
        foreach (var node in Running)
        {
            node.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
