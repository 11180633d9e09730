using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>A group of hosts n1, n2, … in processes of their own.</summary>
internal sealed class HostCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly ITestOutputHelper _log;
    private readonly TemporaryDirectory _directory = new();
    private readonly int _members;

    /// <summary>Lays a group out on free ports of the loopback address, and starts nothing.</summary>
    /// <param name="log">Where lines go.</param>
    /// <param name="change">Changes what a host is started with.</param>
    /// <param name="size">How many hosts.</param>
    /// <param name="scheme">How addresses begin.</param>
    /// <param name="members">The first so many are the group; the others know of none and wait to be added. 0: all are.</param>
    public HostCluster(
        ITestOutputHelper log,
        Func<HostOptions,
        HostOptions>? change = null,
        int size = 3,
        string scheme = "akka.tcp",
        int members = 0)
    {
        _log = log;
        _members = members == 0 ? size : members;
        var ports = FreePorts(2 * size);
        Addresses = [.. Enumerable.Range(0, size).Select(index => $"{scheme}://raft@127.0.0.1:{ports[2 * index]}")];
        Hosts = [.. Enumerable.Range(1, size).Select(number => new HostProcess((change ?? Same)(new HostOptions
        {
            Id = $"n{number}",
            Directory = Path(number),
            Configuration = number <= _members
                ? Configuration(number, Servers, $"http://127.0.0.1:{ports[(2 * number) - 1]}")
                : Joining(number, ports[2 * (number - 1)], $"http://127.0.0.1:{ports[(2 * number) - 1]}"),
            Http = new Uri($"http://127.0.0.1:{ports[(2 * number) - 1]}"),
        })))];
    }

    /// <summary>Lays a group out whose hosts show a certificate of an authority that their machine trusts.</summary>
    public static HostCluster WithTls(ITestOutputHelper log, TemporaryDirectory directory, Certificates authority, int size)
    {
        var (trusted, own) =
            (authority.WriteAuthority(directory["authority.pem"]), authority.WriteServer(directory["server.pfx"]));
        return new HostCluster(
            log,
            options => options with
            {
                Configuration = options.Configuration + Certificates.Settings(own),
                Environment = options.Environment.Add("SSL_CERT_FILE", trusted),
            },
            size,
            scheme: "akka.ssl.tcp");
    }

    /// <summary>Lays a group out in network namespaces, and starts nothing.</summary>
    public HostCluster(ITestOutputHelper log, NamespaceNetwork network, string configuration = "")
    {
        const string Http = "http://127.0.0.1:8080";
        _log = log;
        _members = network.Size;
        Addresses = [.. Enumerable.Range(1, network.Size).Select(
            static number => $"akka.tcp://raft@{NamespaceNetwork.Address(number)}:4053")];
        Hosts = [.. Enumerable.Range(1, network.Size).Select(number => new HostProcess(new HostOptions
        {
            Id = $"n{number}",
            Directory = Path(number),
            Configuration = Configuration(number, Servers, Http) + configuration,
            Http = new Uri(Http),
            Wrapper = network[number].Wrapper,
            Environment = ImmutableDictionary<string, string>.Empty.Add("RAFT_INSECURE", "on"),
            Namespace = network[number],
        }))];
    }

    /// <summary>Lays a group of three out at addresses that its data already name, and starts nothing.</summary>
    public HostCluster(ITestOutputHelper log, Func<int, string> address, Func<HostOptions, HostOptions> change)
    {
        const int Members = 3;
        _log = log;
        _members = Members;
        Addresses = [.. Enumerable.Range(1, Members).Select(number => $"akka.tcp://raft@{address(number)}:24053")];
        Hosts = [.. Enumerable.Range(1, Members).Select(number => new HostProcess(change(new HostOptions
        {
            Id = $"n{number}",
            Directory = Path(number),
            Configuration = Configuration(number, Servers, $"http://{address(number)}:28080"),
            Http = new Uri($"http://{address(number)}:28080"),
        })))];
    }

    public IReadOnlyList<HostProcess> Hosts { get; }

    /// <summary>The hosts' addresses in Akka.</summary>
    public ImmutableArray<string> Addresses { get; }

    /// <summary><c>raft.servers</c>, in HOCON.</summary>
    private string Servers => ServersOf(_members);

    public HostProcess this[string id] => Hosts.Single(host => host.Id == id);

    /// <summary>A host's address in Akka.</summary>
    public Akka.Actor.Address AddressOf(HostProcess host) =>
        Akka.Actor.Address.Parse(Addresses[int.Parse(host.Id[1..], CultureInfo.InvariantCulture) - 1]);

    /// <summary>
    /// Ports that are free, and below those that the system gives to outgoing connections: a host comes back to its own.
    /// </summary>
    public static int[] FreePorts(int count)
    {
        var ports = new HashSet<int>();
        while (ports.Count < count)
        {
            var port = Random.Shared.Next(20000, 32000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                ports.Add(port);
            }
            catch (SocketException)
            {
                // Taken: try another.
            }
        }

        return [.. ports];
    }

    public static string Configuration(int number, string servers, string http) => $$"""
        raft {
          group = kv
          server-id = n{{number}}
          servers = {{servers}}
          storage { provider = sqlite, directory = "./data" }
        }
        host.http-url = "{{http}}"

        """;

    /// <summary>Has a host keep its journal in one way or the other (<c>raft.storage.journal</c>).</summary>
    public static HostOptions WithJournal(HostOptions options, string journal) =>
        options with { Configuration = $"{options.Configuration}raft.storage.journal = {journal}\n" };

    /// <summary>What a host starts from that knows of no group, or has a journal that does: where it listens.</summary>
    public static string Joining(int number, int port, string http) => Configuration(number, "[]", http)
        + $"akka.remote.dot-netty.tcp {{ hostname = \"127.0.0.1\", port = {port} }}\n";

    /// <summary>A host's configuration with all hosts in <c>raft.servers</c>, the members and the others.</summary>
    public string ConfigurationOfAll(HostProcess host) => Configuration(
        int.Parse(host.Id[1..], CultureInfo.InvariantCulture), ServersOf(Hosts.Count), host.Options.Http.ToString().TrimEnd('/'));

    /// <summary>Starts the group's members.</summary>
    public async Task StartAsync()
    {
        var members = Hosts.Take(_members).ToArray();
        foreach (var host in members)
        {
            host.Start();
        }

        await LeaderAsync(members);
    }

    /// <summary>Waits until all of these hosts (or all) follow one of them, and returns it.</summary>
    public async Task<HostProcess> LeaderAsync(params HostProcess[] among)
    {
        among = among.Length == 0 ? [.. Hosts] : among;
        HostProcess? leader = null;
        await EventuallyAsync(async () =>
        {
            var views = await Task.WhenAll(among.Select(static host => host.Client.StatusAsync()));
            Assert.All(views, static view => Assert.NotNull(view));
            var named = Assert.Single(views.Select(static view => view!.Leader).Distinct());
            leader = Assert.Single(among, host => host.Id == named);
            Assert.Equal("leader", views.Single(view => view!.ServerId == named)!.Role);
        });
        return leader!;
    }

    /// <summary>
    /// Waits until these hosts (or all) have applied the same, at least up to an index, and returns what they hold.
    /// </summary>
    public async Task<HostListing> ConvergedAsync(long atLeast = 0, string prefix = "", params HostProcess[] among)
    {
        among = among.Length == 0 ? [.. Hosts] : among;
        HostListing? common = null;
        await EventuallyAsync(async () =>
        {
            var views = await Task.WhenAll(among.Select(static host => host.Client.StatusAsync()));
            Assert.All(views, static view => Assert.NotNull(view));
            var applied = Assert.Single(views.Select(static view => view!.LastApplied).Distinct());
            Assert.Equal(applied, views.Max(static view => view!.CommitIndex));
            Assert.True(applied >= atLeast, $"applied {applied} of {atLeast}");
            var listings = await Task.WhenAll(among.Select(host => host.Client.ListAsync(prefix)));
            Assert.Single(listings.Select(static listing => listing.AppliedIndex).Distinct());
            common = listings[0];
            Assert.All(listings, listing => Assert.Equal(common.Keys, listing.Keys));
        });
        return common!;
    }

    /// <summary>Waits until an assertion holds, with ample time; returns how long that took.</summary>
    public async Task<TimeSpan> EventuallyAsync(Func<Task> assertion, TimeSpan? patience = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await assertion();
                return clock.Elapsed;
            }
            catch (Exception failure) when (failure is Xunit.Sdk.XunitException or HttpRequestException or TaskCanceledException)
            {
                if (clock.Elapsed > (patience ?? Patience))
                {
                    Log($"gave up after {clock.Elapsed}");
                    await LogStatusAsync();
                    throw;
                }
            }

            await Task.Delay(PollInterval);
        }
    }

    /// <summary>What each server says of itself, for whoever reads why a test failed.</summary>
    private async Task LogStatusAsync()
    {
        foreach (var host in Hosts)
        {
            try
            {
                Log($"{host.Id}: {(await host.Client.AskAsync("/status")).Text}");
            }
            catch (Exception silence) when (silence is HttpRequestException or TaskCanceledException)
            {
                Log($"{host.Id}: {silence.Message}");
            }
        }
    }

    public void Log(string line) =>
        _log.WriteLine($"{DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)}Z {line}");

    /// <summary>Ends all processes and, should the test have failed, leaves what they said in its output.</summary>
    public void Dispose()
    {
        foreach (var host in Hosts)
        {
            host.Dispose();
        }

        foreach (var host in Hosts)
        {
            _log.WriteLine(
                $"== {host.Id}, standard error\n{Tail(host.Error)}\n== {host.Id}, standard output\n{Tail(host.Output)}");
        }

        _directory.Dispose();
    }

    public string Path(int number) => _directory[$"n{number}"];

    public string Path(string name) => _directory[name];

    private string ServersOf(int count) => $"[ {string.Join(
        ", ", Addresses.Take(count).Select(static (address, index) => $"{{ id = n{index + 1}, address = \"{address}\" }}"))} ]";

    private static HostOptions Same(HostOptions options) => options;

    private static string Tail(string text) => text.Length <= 20_000 ? text : "…" + text[^20_000..];
}
