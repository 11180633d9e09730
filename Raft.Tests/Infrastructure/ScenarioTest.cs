using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// Scenarios of the paper: servers begin with the logs that the figure gives them, and where a scenario needs a server
/// that does exactly as it is told, a probe stands in for it.
/// </summary>
public abstract class ScenarioTest(ITestOutputHelper output) : ClusterTest(output)
{
    private static readonly TimeSpan Never = TimeSpan.FromMinutes(10);

    private readonly Dictionary<int, TestProbe> _probes = [];

    /// <summary>
    /// Starts a server with a log whose first entry is the configuration (so the first term is its) and the rest are
    /// commands.
    /// </summary>
    protected async Task<TestServer> StartWithLog(
        RaftSettings settings, long term, Configuration configuration, params long[] terms)
    {
        await SeedJournal(NumberOf(settings.ServerId), term, default, LogOf(configuration, terms));
        var server = StartServer(settings);
        await Eventually(async () => Assert.IsType<RaftStatus>(await Ask<object>(server, new GetStatus())));
        return server;
    }

    /// <summary>A log of a configuration and then commands "index/term".</summary>
    protected static ImmutableArray<LogEntry> LogOf(Configuration configuration, params long[] terms) =>
    [
        LogBuilder.ConfigurationEntry(1, terms[0], configuration),
        .. terms.Skip(1).Select(static (term, place) => LogBuilder.Entry(place + 2, term, $"{place + 2}/{term}")),
    ];

    /// <summary>Settings of a server that never campaigns, however long it hears nothing.</summary>
    protected static RaftSettings Patient(RaftSettings settings) =>
        settings with { HeartbeatTimeout = Never, ElectionTimeout = Never };

    /// <summary>
    /// Settings of a server that campaigns soon, waits for answers as long as it takes, and then leads whatever its
    /// followers do not answer: nothing happens but what the test's probes do.
    /// </summary>
    protected static RaftSettings Steadfast(RaftSettings settings) => settings with
    {
        ElectionTimeout = Never,
        LeaderLeaseTimeout = Never,
        Journal = settings.Journal with { StallTimeout = Never },
        Replication = settings.Replication with { ResponseTimeout = Never },
    };

    /// <summary>From now on only one server's campaigns are heard, and only some AppendEntries with entries arrive.</summary>
    protected void OnlyCandidate(int number, Func<AppendEntries, bool>? arrives = null) => Network.Drop(message => message switch
    {
        RequestPreVote or RequestVote => message.Header.From != Id(number),
        AppendEntries { Entries.IsEmpty: false } append => arrives?.Invoke(append) == false,
        _ => false,
    });

    /// <summary>The terms of a stopped server's log, read from its journal.</summary>
    protected async Task<long[]> JournalTermsOf(int number)
    {
        var settings = SettingsOf(number, 1);
        var reader = Sys.ActorOf(Props.Create(() => new JournalReader(settings.PersistenceId, settings.Journal.Plugin)));
        var log = await reader.Ask<ImmutableArray<LogEntry>>(JournalReader.Read.Instance, TimeSpan.FromSeconds(20));
        Sys.Stop(reader);
        return [.. log.Select(static entry => entry.Term)];
    }

    /// <summary>Waits until the durable logs of these servers are equal, and returns the terms of their entries.</summary>
    protected async Task<long[]> EqualLogs(params TestServer[] servers)
    {
        long[] terms = [];
        await Eventually(async () =>
        {
            var logs = await Task.WhenAll(servers.Select(server => JournalTermsOf(NumberOf(server.Id))));
            Assert.All(logs, log => Assert.Equal(logs[0], log));
            terms = logs[0];
        });
        return terms;
    }

    /// <summary>A probe in a server's place: it receives what is sent to that server.</summary>
    protected TestProbe ProbeAs(int number)
    {
        if (!_probes.TryGetValue(number, out var probe))
        {
            probe = CreateTestProbe($"probe-n{number}");
            _probes.Add(number, probe);
            Network.Attach(Id(number), probe.Ref);
        }

        return probe;
    }

    /// <summary>Sends a message from a probe to a server, over the network.</summary>
    protected void Send(TestProbe probe, IPeerMessage message) =>
        Network.ResolverOf(message.Header.From).Resolve(new Server(message.Header.To, string.Empty)).Tell(message, probe.Ref);

    protected static PeerHeader Header(int from, int to, long term) =>
        new(ProtocolVersion.Current, "test", Id(from), Id(to), term);

    /// <summary>Waits for the next message of a kind that fits, and passes over all others.</summary>
    protected static async Task<T> Next<T>(TestProbe probe, Func<T, bool>? fits = null)
        where T : class
    {
        var message = await probe.FishForMessageAsync(
            received => received is T candidate && (fits is null || fits(candidate)), TimeSpan.FromSeconds(20));
        return (T)message;
    }

    /// <summary>Answers the message that a probe received last.</summary>
    protected static void Grant(TestProbe probe, RequestPreVote request) =>
        probe.Reply(new PreVoteResponse(HeaderBack(request), request.Header.Term, Granted: true));

    /// <inheritdoc cref="Grant(TestProbe, RequestPreVote)" />
    protected static void Grant(TestProbe probe, RequestVote request) =>
        probe.Reply(new VoteResponse(HeaderBack(request), Granted: true));

    /// <inheritdoc cref="Grant(TestProbe, RequestPreVote)" />
    protected static void Accept(TestProbe probe, AppendEntries append) => probe.Reply(new AppendEntriesResponse(
        HeaderBack(append), append.Sequence, true, append.PrevLogIndex + append.Entries.Length, 0, 0));

    /// <inheritdoc cref="Grant(TestProbe, RequestPreVote)" />
    protected static void Reject(
        TestProbe probe, AppendEntries append, long lastLogIndex) => probe.Reply(new AppendEntriesResponse(
        HeaderBack(append), append.Sequence, false, 0, ConflictTerm: 0, ConflictIndex: lastLogIndex + 1));

    /// <summary>A probe's votes make a server the leader; returns when the probe has its first AppendEntries.</summary>
    protected static async Task<AppendEntries> Elect(TestProbe voter)
    {
        Grant(voter, await Next<RequestPreVote>(voter));
        Grant(voter, await Next<RequestVote>(voter));
        return await Next<AppendEntries>(voter);
    }

    private static PeerHeader HeaderBack(IPeerMessage message) =>
        message.Header with { From = message.Header.To, To = message.Header.From };

    /// <summary>Reads a journal beside its server, as the server would when it recovers.</summary>
    private sealed class JournalReader : UntypedPersistentActor
    {
        private readonly List<LogEntry> _log = [];

        public JournalReader(string persistenceId, string journalPluginId)
        {
            PersistenceId = persistenceId;
            JournalPluginId = journalPluginId;
        }

        public override string PersistenceId { get; }

        public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

        protected override void OnRecover(object message)
        {
            if (message is EntriesAppended appended)
            {
                _log.RemoveRange((int)appended.FirstIndex - 1, _log.Count - (int)appended.FirstIndex + 1);
                _log.AddRange(appended.Entries);
            }
        }

        protected override void OnCommand(object message)
        {
            if (message is Read)
            {
                Sender.Tell(_log.ToImmutableArray());
            }
        }

        public sealed record Read
        {
            public static readonly Read Instance = new();
        }
    }
}
