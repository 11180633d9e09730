using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>
/// The host's development cluster, three servers in a process of its own: what a stranger sends to it may end it, and that is
/// to be seen.
/// </summary>
internal sealed class ServersUnderFire : IDisposable
{
    private const int Servers = 3;
    private const int MiB = 1024 * 1024;

    /// <summary>What it may have at most: it has some 160 MiB at rest, and messages of 8 MiB are on their way.</summary>
    private const long MaxMemory = 1024L * MiB;

    /// <summary>What it may write: a line a minute and kind, and what it says when it starts.</summary>
    private const long MaxOutput = MiB;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("raft-fuzz-").FullName;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly StringBuilder _last = new();
    private readonly Lock _lock = new();
    private readonly Process _process;
    private long _written;

    private ServersUnderFire()
    {
        RemotePorts = FreePorts();
        HttpPorts = FreePorts();
        var file = Path.Combine(_directory, "fuzz.conf");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""
            raft.storage { directory = "{{_directory}}/data" }
            host.development {
              remote-ports = [{{string.Join(", ", RemotePorts)}}]
              http-ports = [{{string.Join(", ", HttpPorts)}}]
            }

            # A machine that is busy with the attack is not to be taken for an attack that deposed a leader.
            raft { heartbeat-timeout = 5s, election-timeout = 5s, leader-lease-timeout = 5s }
            """));
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "Raft.Host.dll"), "dev", "--config", file])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where the servers listen for Akka.Remote.</summary>
    public int[] RemotePorts { get; }

    /// <summary>Where they listen for HTTP.</summary>
    public int[] HttpPorts { get; }

    /// <summary>Starts them, and waits until they lead and follow.</summary>
    public static async Task<ServersUnderFire> StartAsync()
    {
        var servers = new ServersUnderFire();
        var clock = Stopwatch.StartNew();
        while (!await servers.IsReadyAsync())
        {
            if (servers._process.HasExited || clock.Elapsed > Patience)
            {
                var said = servers.LastWords();
                servers.Dispose();
                throw new InvalidOperationException($"the servers did not start: {said}");
            }

            await Task.Delay(200);
        }

        return servers;
    }

    /// <summary>Writes a value.</summary>
    public async Task PutAsync(string key, string value)
    {
        using var content = new StringContent(value);
        using var answer = await _client.PutAsync($"http://127.0.0.1:{HttpPorts[0]}/kv/{key}", content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What no stranger may change: leader and term and members as each server knows them, and all values.</summary>
    public async Task<string> StateAsync()
    {
        var state = new StringBuilder();
        foreach (var port in HttpPorts)
        {
            using var status = JsonDocument.Parse(await GetAsync(port, "status"));
            foreach (var name in new[] { "term", "leader", "servers", "notServing", "identity" })
            {
                var value = status.RootElement.TryGetProperty(name, out var element) ? element.GetRawText() : "none";
                state.Append(CultureInfo.InvariantCulture, $"{name} {value} ");
            }
        }

        return state.Append(await GetAsync(HttpPorts[0], "kv?limit=1000")).ToString();
    }

    /// <summary>Whether nothing has changed that no stranger may change, and <see cref="RequireModesty"/>.</summary>
    /// <param name="before">What <see cref="StateAsync"/> said before; null where nobody has asked yet.</param>
    /// <exception cref="FuzzFindingException">Something has.</exception>
    public async Task RequireUnchangedAsync(string? before)
    {
        RequireModesty();
        if (before is not null && await StateAsync() is var now && now != before)
        {
            throw new FuzzFindingException(
                $"the group was{Environment.NewLine}{before}{Environment.NewLine}and is{Environment.NewLine}{now}");
        }
    }

    /// <summary>Whether the process lives, and has neither taken too much memory nor written too much.</summary>
    /// <exception cref="FuzzFindingException">It does not, or it has.</exception>
    public void RequireModesty()
    {
        if (_process.HasExited)
        {
            throw new FuzzFindingException($"the process ended with {_process.ExitCode}: {LastWords()}");
        }

        _process.Refresh();
        if (_process.WorkingSet64 > MaxMemory)
        {
            throw new FuzzFindingException(
                $"the process has {_process.WorkingSet64 / MiB} MiB of memory; {MaxMemory / MiB} are allowed");
        }

        if (Interlocked.Read(ref _written) > MaxOutput)
        {
            throw new FuzzFindingException($"the process has written {Interlocked.Read(ref _written)} characters: {LastWords()}");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static int[] FreePorts()
    {
        var listeners = Enumerable.Range(0, Servers).Select(static _ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, static listener => listener.Start());
        var ports = listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        Array.ForEach(listeners, static listener => listener.Stop());
        return ports;
    }

    private async Task<bool> IsReadyAsync()
    {
        foreach (var port in HttpPorts)
        {
            try
            {
                using var answer = await _client.GetAsync($"http://127.0.0.1:{port}/health/ready");
                if (answer.StatusCode != HttpStatusCode.OK)
                {
                    return false;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
                return false;
            }
        }

        return true;
    }

    private async Task<string> GetAsync(int port, string path)
    {
        try
        {
            using var answer = await _client.GetAsync($"http://127.0.0.1:{port}/{path}");
            var body = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode
                ? body
                : throw new FuzzFindingException($"GET /{path} is answered {(int)answer.StatusCode}: {body} {LastWords()}");
        }
        catch (Exception silent) when (silent is HttpRequestException or TaskCanceledException)
        {
            throw new FuzzFindingException($"GET /{path} is not answered; the process said: {LastWords()}", silent);
        }
    }

    private void Note(string? line)
    {
        lock (_lock)
        {
            _written += line?.Length ?? 0;
            _last.AppendLine(line);
            if (_last.Length > 8192)
            {
                _last.Remove(0, _last.Length - 4096);
            }
        }
    }

    private string LastWords()
    {
        lock (_lock)
        {
            return _last.ToString();
        }
    }
}
