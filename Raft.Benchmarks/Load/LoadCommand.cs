using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Raft.Benchmarks.Load;

/// <summary>Starts three servers in processes of their own, lets the clients run in the leader's, and prints the table.</summary>
internal static class LoadCommand
{
    private const int Servers = 3;

    public static async Task<int> RunAsync(string[] options)
    {
        var seconds = 8;
        var journal = "sql";
        var directory = Path.Combine(Path.GetTempPath(), $"raft-load-{Environment.ProcessId}");
        for (var i = 0; i < options.Length; i++)
        {
            switch (options[i])
            {
                case "--seconds" when i + 1 < options.Length && int.TryParse(options[i + 1], CultureInfo.InvariantCulture, out seconds) && seconds > 0:
                    i++;
                    break;
                case "--journal" when i + 1 < options.Length:
                    journal = options[++i];
                    break;
                case "--directory" when i + 1 < options.Length:
                    directory = options[++i];
                    break;
                default:
                    Console.Error.WriteLine($"load: '{options[i]}' is not an option with its value; use --seconds S, --journal sql|segments or --directory DIR");
                    return 2;
            }
        }

        var nodes = StartNodes(directory, journal);
        try
        {
            var leader = await FindLeaderAsync(nodes);
            Console.WriteLine($"{Servers} processes on loopback, journal {journal} with an fsync per commit, clients in the leader's process, {seconds} s each");
            Console.WriteLine($"{"workload",-22}{"ops/s",10}{"MB/s",8}{"p50 ms",9}{"p99 ms",9}{"max ms",9}{"failed",8}");
            foreach (var workload in Workload.All)
            {
                var answer = await leader.AskAsync($"run {workload.Clients} {workload.Bytes} {seconds}");
                var result = WorkloadResult.Decode(answer.Split(' '));
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{workload.Name,-22}{result.OperationsPerSecond,10:0}{result.OperationsPerSecond * workload.Bytes / 1e6,8:0.0}{result.P50,9:0.00}{result.P99,9:0.00}{result.Max,9:0.0}{result.Failures,8}"));
            }

            return 0;
        }
        finally
        {
            foreach (var node in nodes)
            {
                node.Dispose();
            }

            Directory.Delete(directory, recursive: true);
        }
    }

    private static List<NodeProcess> StartNodes(string directory, string journal)
    {
        var ports = FreePorts(Servers);
        var servers = string.Join(", ", ports.Select((port, i) => $$"""{ id = n{{i + 1}}, address = "akka.tcp://raft@127.0.0.1:{{port}}" }"""));
        var nodes = new List<NodeProcess>();
        for (var i = 0; i < Servers; i++)
        {
            var nodeDirectory = Directory.CreateDirectory(Path.Combine(directory, $"n{i + 1}"));
            var file = Path.Combine(nodeDirectory.FullName, "node.conf");
            File.WriteAllText(file, $$"""
                raft {
                  group = bench
                  server-id = n{{i + 1}}
                  servers = [ {{servers}} ]
                  intake.max-command-bytes = 1MiB
                  storage { directory = "{{nodeDirectory.FullName}}", journal = {{journal}} }
                }
                akka {
                  loglevel = WARNING
                  stdout-loglevel = OFF
                  loggers = []
                  log-dead-letters = off
                  actor.provider = remote
                  remote.dot-netty.tcp { hostname = "127.0.0.1", port = {{ports[i]}}, maximum-frame-size = 4MiB, send-buffer-size = 4MiB, receive-buffer-size = 4MiB }
                }
                """);
            nodes.Add(new NodeProcess(file));
        }

        return nodes;
    }

    private static async Task<NodeProcess> FindLeaderAsync(List<NodeProcess> nodes)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            foreach (var node in nodes)
            {
                if ((await node.AskAsync("status")).StartsWith("Leader", StringComparison.Ordinal))
                {
                    return node;
                }
            }

            await Task.Delay(100);
        }

        throw new TimeoutException("no server became the leader within a minute");
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

    /// <summary>A server's process and its two pipes.</summary>
    private sealed class NodeProcess : IDisposable
    {
        private readonly Process _process;

        public NodeProcess(string configFile)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
            start.ArgumentList.Add("node");
            start.ArgumentList.Add(configFile);
            _process = Process.Start(start)!;
        }

        public async Task<string> AskAsync(string command)
        {
            await _process.StandardInput.WriteLineAsync(command);
            return await _process.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException($"a server's process ended with exit code {_process.ExitCode}; see its error output");
        }

        public void Dispose()
        {
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
