using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;

namespace Raft.Tests.Processes;

/// <summary>How a host is started. Started again it has the same addresses and the same data.</summary>
internal sealed record HostOptions
{
    public required string Id { get; init; }

    /// <summary>Its own directory: configuration and, unless something else is said, data.</summary>
    public required string Directory { get; init; }

    /// <summary>HOCON that is laid over the defaults.</summary>
    public required string Configuration { get; init; }

    public required Uri Http { get; init; }

    /// <summary>Further configuration files, below <see cref="Configuration"/>.</summary>
    public ImmutableArray<string> Files { get; init; } = [];

    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What the host is told to be: one server (<c>node</c>) or a whole group (<c>dev</c>).</summary>
    public string Command { get; init; } = "node";

    /// <summary>A program that starts the host in its own place, with its arguments, such as nsenter.</summary>
    public ImmutableArray<string> Wrapper { get; init; } = [];

    /// <summary>Where connections to it are made from; null: from here.</summary>
    public NetworkNamespace? Namespace { get; init; }

    /// <summary>The directory that the host's assemblies are in: today's, or an older version's.</summary>
    public string Program { get; init; } = AppContext.BaseDirectory;

    public string DataDirectory => Path.Combine(Directory, "data");
}

/// <summary>Raft.Host in a process of its own.</summary>
internal sealed class HostProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private Process? _process;

    public HostProcess(HostOptions options)
    {
        Options = options;
        Client = NewClient(TimeSpan.FromSeconds(15));
    }

    public HostOptions Options { get; private set; }

    public string Id => Options.Id;

    public HostClient Client { get; }

    public int ProcessId => Running.Id;

    public bool HasExited => Running.HasExited;

    /// <summary>Whether it was started and has not ended.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>All that it has written to standard output, in all of its lives.</summary>
    public string Output => Read(_output);

    /// <summary>All that it has written to standard error, in all of its lives.</summary>
    public string Error => Read(_error);

    private Process Running => _process ?? throw new InvalidOperationException($"{Id} was not started");

    /// <summary>A client with a patience of its own. The host's own request timeout is 10 s.</summary>
    public HostClient NewClient(TimeSpan patience) => new(Id, Options.Http, Options.Namespace, patience);

    /// <summary>What it is started with from the next start on.</summary>
    public void Reconfigure(string configuration) => Options = Options with { Configuration = configuration };

    /// <summary>In which environment it is started from the next start on.</summary>
    public void Configure(ImmutableDictionary<string, string> environment) =>
        Options = Options with { Environment = environment };

    /// <summary>Which version it is started in from the next start on.</summary>
    public void RunFrom(string program) => Options = Options with { Program = program };

    public void Start()
    {
        Directory.CreateDirectory(Options.Directory);
        var file = Path.Combine(Options.Directory, "node.conf");
        File.WriteAllText(file, Options.Configuration);
        string[] command =
        [
            .. Options.Wrapper,
            "dotnet", Path.Combine(Options.Program, "Raft.Host.dll"), Options.Command,
            .. Options.Files.Append(file).SelectMany(static name => new[] { "--config", name }),
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Options.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Options.Environment)
        {
            start.Environment[name] = value;
        }

        // A process per server on a machine with few cores: no background compilation, no heap per core.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        _process?.Dispose();
        var process = Spawner.Start(start);
        process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        Append(_output, $"-- pid {process.Id} --");
    }

    /// <summary>
    /// Runs another command of the host to its end, in this one's directory; returns the exit code and all that it said.
    /// </summary>
    public (int ExitCode, string Text) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Raft.Host.dll"), .. arguments])
        {
            WorkingDirectory = Options.Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Spawner.Start(start);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public void Kill()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
        }

        _process?.WaitForExit();
    }

    public void Send(Signal signal) => Spawner.Send(ProcessId, signal);

    /// <summary>Waits for its end and returns the exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await Running.WaitForExitAsync(limit.Token);
        return Running.ExitCode;
    }

    /// <summary>SIGTERM, and the exit code.</summary>
    public Task<int> TerminateAsync()
    {
        Send(Signal.Terminate);
        return ExitAsync();
    }

    public void Dispose()
    {
        Kill();
        _process?.Dispose();
        Client.Dispose();
    }

    private string Read(StringBuilder text)
    {
        lock (_lock)
        {
            return text.ToString();
        }
    }

    private void Append(StringBuilder text, string? line)
    {
        if (line is not null)
        {
            lock (_lock)
            {
                text.AppendLine(line);
            }
        }
    }
}
