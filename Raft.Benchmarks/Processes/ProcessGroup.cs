using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Raft.Benchmarks.Processes;

/// <summary>
/// A group of servers, each in a process of its own, on the loopback address. Its processes and files end with it, and with
/// this process.
/// </summary>
internal abstract class ProcessGroup : IDisposable
{
    private static readonly TimeSpan LongestElection = TimeSpan.FromSeconds(60);
    private static readonly HashSet<ProcessGroup> Alive = [];

    private readonly NodeProcess?[] _nodes;

    /// <summary>Nothing is started yet.</summary>
    /// <param name="directory">Where the servers' files are; made, and deleted in the end.</param>
    /// <param name="servers">How many.</param>
    protected ProcessGroup(string directory, int servers)
    {
        Root = Directory.CreateDirectory(directory).FullName;
        _nodes = new NodeProcess?[servers];
        Ports = FreePorts(servers);
        lock (Alive)
        {
            Alive.Add(this);
        }
    }

    public int Count => _nodes.Length;

    public IEnumerable<NodeProcess> Running => _nodes.OfType<NodeProcess>();

    /// <summary>The processor time that all its processes have taken so far.</summary>
    public TimeSpan ProcessorTime => Running.Aggregate(TimeSpan.Zero, static (sum, node) => sum + node.ProcessorTime);

    protected string Root { get; }

    /// <summary>The servers' ports, one each.</summary>
    protected int[] Ports { get; }

    public NodeProcess this[int index] =>
        _nodes[index] ?? throw new InvalidOperationException($"server n{index + 1} is not running");

    /// <summary>Ends every group that is still there when this process is told to end, by ctrl-C or otherwise.</summary>
    public static IDisposable EndWithThisProcess()
    {
        void End(PosixSignalContext context)
        {
            lock (Alive)
            {
                foreach (var group in Alive.ToArray())
                {
                    group.Dispose();
                }

                Environment.Exit(128 + (context.Signal == PosixSignal.SIGINT ? 2 : 15));
            }
        }

        var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        return new Registrations(interrupt, terminate);
    }

    public string DirectoryOf(int index) => Path.Combine(Root, $"n{index + 1}");

    public NodeProcess Start(int index) => _nodes[index] = new NodeProcess(CommandOf(index));

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
        Forget(index);
    }

    /// <summary>Kills a server's process as a power failure would (SIGKILL); its files stay.</summary>
    public void Kill(int index)
    {
        this[index].Kill();
        Forget(index);
    }

    public int IndexOf(NodeProcess node) => Array.IndexOf(_nodes, node);

    public async Task<NodeProcess> LeaderAsync()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < LongestElection)
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
        lock (Alive)
        {
            if (!Alive.Remove(this))
            {
                return;
            }

            foreach (var node in Running)
            {
                node.Dispose();
            }

            Directory.Delete(Root, recursive: true);
        }
    }

    /// <summary>The executable and the arguments of a server's process.</summary>
    protected abstract string[] CommandOf(int index);

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

    private void Forget(int index)
    {
        this[index].Dispose();
        _nodes[index] = null;
    }

    private sealed class Registrations(params IDisposable[] all) : IDisposable
    {
        public void Dispose() => Array.ForEach(all, static one => one.Dispose());
    }
}
