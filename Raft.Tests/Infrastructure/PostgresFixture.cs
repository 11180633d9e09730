using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace Raft.Tests.Infrastructure;

/// <summary>The tests that share one PostgreSQL server.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresGroup : ICollectionFixture<PostgresFixture>
{
    public const string Name = "postgres";
}

/// <summary>
/// A test that needs PostgreSQL. On a machine without it the test is reported as skipped, with the reason; where CI=true
/// it fails instead, so that a build never passes because something was missing. RAFT_TEST_SKIP_POSTGRES=1 skips it anywhere.
/// </summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = PostgresFixture.ReasonToSkip;
}

/// <summary>
/// A PostgreSQL server: the one that RAFT_TEST_POSTGRES (a connection string) names, or else a throw-away cluster made with
/// the machine's own binaries, which keeps its fsync on, listens on a free loopback port and is gone after the tests.
/// </summary>
public sealed class PostgresFixture : IDisposable
{
    // As root it runs as the user postgres, for PostgreSQL refuses root. It lives until this process closes its standard
    // input, which also happens when this process is killed.
    private const string Script = """
        set -eu
        bin=$1 directory=$2 port=$3
        cd "$directory"
        "$bin/initdb" -D data -U postgres -A trust -E UTF8 --no-sync > log 2>&1
        start() {
            "$bin/postgres" -D data -k "$directory" -p "$port" -c listen_addresses=127.0.0.1 >> log 2>&1 &
            server=$!
        }
        stop() {
            kill -INT "$server"
            wait "$server" || true
        }
        start
        while read -r command; do "$command"; echo "$command"; done
        stop
        rm -rf data
        """;

    private readonly TemporaryDirectory? _directory;
    private readonly Process? _process;

    public PostgresFixture()
        : this(mayBeGiven: true)
    {
    }

    /// <param name="mayBeGiven">Whether the server that RAFT_TEST_POSTGRES names will do.</param>
    internal PostgresFixture(bool mayBeGiven)
    {
        if (ReasonToSkip is not null)
        {
            return;
        }

        if (mayBeGiven && Environment.GetEnvironmentVariable("RAFT_TEST_POSTGRES") is { Length: > 0 } given)
        {
            ConnectionString = given;
            return;
        }

        var binaries = Binaries() ?? throw new InvalidOperationException(Missing);
        _directory = new TemporaryDirectory();
        var port = FreePort();
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";
        var start = new ProcessStartInfo(Environment.IsPrivilegedProcess ? "runuser" : "bash")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (Environment.IsPrivilegedProcess)
        {
            Run("chown", "postgres", _directory.Path);
            Array.ForEach(["-u", "postgres", "--", "bash"], start.ArgumentList.Add);
        }

        Array.ForEach(["-c", Script, "bash", binaries, _directory.Path, $"{port}"], start.ArgumentList.Add);
        _process = Process.Start(start)!;
        try
        {
            AwaitStart();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The server's connection string; empty where the tests are skipped.</summary>
    public string ConnectionString { get; } = string.Empty;

    internal static string? ReasonToSkip { get; } =
        Environment.GetEnvironmentVariable("RAFT_TEST_SKIP_POSTGRES") == "1" ? "RAFT_TEST_SKIP_POSTGRES=1"
        : Environment.GetEnvironmentVariable("RAFT_TEST_POSTGRES") is { Length: > 0 } || Binaries() is not null ? null
        : string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase) ? null
        : Missing;

    private static string Missing =>
        "No PostgreSQL found below /usr/lib/postgresql: apt-get install postgresql, or name a server in RAFT_TEST_POSTGRES (a "
            + "connection string)";

    public void Dispose()
    {
        if (_process is not null)
        {
            NpgsqlConnection.ClearAllPools();
            _process.StandardInput.Close();
            if (!_process.WaitForExit(TimeSpan.FromSeconds(20)))
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }

        _directory?.Dispose();
    }

    /// <summary>Stops the server, as pg_ctl stop -m fast would. Only where the server is a throw-away one.</summary>
    internal void Stop() => Command("stop");

    /// <summary>Starts it again on the same data, and waits until it takes connections.</summary>
    internal void Restart()
    {
        Command("start");
        AwaitStart();
    }

    /// <summary>The process id of the throw-away server.</summary>
    internal int ServerProcessId() => int.Parse(
        File.ReadLines(_directory!["data", "postmaster.pid"]).First(), System.Globalization.CultureInfo.InvariantCulture);

    private void Command(string command)
    {
        _process!.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        Assert.Equal(command, _process.StandardOutput.ReadLine());
    }

    private static string? Binaries()
    {
        const string Root = "/usr/lib/postgresql";
        return Directory.Exists(Root)
            ? Directory.GetDirectories(Root)
                .Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb")) && File.Exists(Path.Combine(bin, "postgres")))
                .OrderByDescending(bin => bin.Length).ThenByDescending(bin => bin, StringComparer.Ordinal)
                .FirstOrDefault()
            : null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private void AwaitStart()
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
                connection.Open();
                return;
            }
            catch (NpgsqlException error)
            {
                if (_process!.HasExited || clock.Elapsed > TimeSpan.FromSeconds(60))
                {
                    var log = _directory!["log"];
                    throw new InvalidOperationException(
                        "PostgreSQL did not start: " + (File.Exists(log) ? File.ReadAllText(log) : "it left no log"), error);
                }
            }

            Thread.Sleep(50);
        }
    }
}
