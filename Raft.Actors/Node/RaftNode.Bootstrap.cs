using Akka.Actor;
using Akka.Event;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Identity;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node;

/// <summary>
/// Beginning a group (docs/architecture.md, Identity). An empty server cannot know whether a group stands already, whose disks were lost. So the first voter of the
/// first configuration, by its id, asks each of the others whether it is empty too. Each pledges itself to this founder, durably, by its vote in term 1: nobody leads term 1, so
/// that the vote is free for this. With all pledges the founder makes the group's identity and writes the first entry.
/// </summary>
public sealed partial class RaftNode
{
    private const long FoundingTerm = 1;

    private static readonly TimeSpan SayWhatIsAwaitedAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<ServerId, JournalIdentity> _pledges = [];
    private Configuration _founding = Configuration.Empty;
    private IActorRef? _bootstrapClient;
    private TimeSpan _foundingSince;
    private string? _pledgeRefusal;

    private void OnBootstrap(Bootstrap request)
    {
        if (WhyNoBootstrap(request.Configuration) is { } reason)
        {
            Sender.Tell(new ConfigurationRefused(reason), Self);
            return;
        }

        if (!Sender.Equals(_bootstrapClient))
        {
            AnswerBootstrap(new ConfigurationRefused("another request to begin the group came"));
            _bootstrapClient = Sender;
        }

        Found(request.Configuration);
    }

    private void AnswerBootstrap(IRaftReply answer)
    {
        _bootstrapClient?.Tell(answer, Self);
        _bootstrapClient = null;
    }

    /// <summary>Why this server cannot have a part in a first configuration; null where it can.</summary>
    private string? WhyNoBootstrap(Configuration configuration) =>
        !IsEmpty ? StateInWords()
        : !configuration.IsVoter(_self) ? $"server {_self} would not vote in it ({configuration})"
        : !VotingRule.IsFree(_votedFor, FounderOf(configuration)) ? $"server {_self} has pledged itself to {_votedFor}"
        : !_founding.IsEmpty && !HasSameServers(configuration, _founding) ? $"server {_self} would begin with other servers: {_founding}"
        : null;

    private string StateInWords() =>
        $"server {_self} has state already (term {_currentTerm}, last entry {_log.LastIndex}, group {_identity.Group})";

    /// <summary>Who begins: the first voter by its id, so that all who know the configuration agree on it.</summary>
    private static ServerId FounderOf(Configuration configuration) =>
        configuration.Voters.MinBy(static voter => voter.Value, StringComparer.Ordinal);

    /// <summary>Addresses may be written in different ways.</summary>
    private static bool HasSameServers(Configuration one, Configuration other) =>
        one.Servers.Length == other.Servers.Length && one.Servers.All(server => other.Find(server.Id)?.Suffrage == server.Suffrage);

    /// <summary>Goes about beginning the group, until it has begun.</summary>
    private void Found(Configuration configuration)
    {
        if (_founding.IsEmpty)
        {
            _foundingSince = Now;
            Timers.StartPeriodicTimer(NodeTick.Founding, NodeTick.Founding, _settings.HeartbeatTimeout / 4);
        }

        _founding = configuration;
        OnFoundingTick();
    }

    private void OnFoundingTick()
    {
        if (!IsEmpty || _founding.IsEmpty)
        {
            Timers.Cancel(NodeTick.Founding);
        }
        else if (FounderOf(_founding) == _self)
        {
            AskForPledges();
            BeginWhenAllPledged();
        }
        else if (_bootstrapClient is not null && _founding.Find(FounderOf(_founding)) is { } founder)
        {
            // An operator told this server; the founder need not know it yet.
            _environment.Peers.Resolve(founder).Tell(new RequestFounding(HeaderTo(founder.Id, FoundingTerm), _founding), Self);
        }
    }

    /// <summary>What the beginning of the group waits for; null where this server is not about to begin one.</summary>
    private string? FoundingInWords =>
        !IsEmpty || _founding.IsEmpty ? null
        : FounderOf(_founding) is var founder && founder != _self ? $"{founder} is to begin the group, once each of its first voters is up and empty"
        : _pledgeRefusal ?? $"{string.Join(", ", _founding.Voters.Where(voter => !_pledges.ContainsKey(voter)))} has not answered. "
            + "A group begins when each of its first voters is up and empty";

    private void OnRequestFounding(RequestFounding request)
    {
        if (WhyNoPledge(_self, request.Configuration) is null && _founding.IsEmpty)
        {
            Found(request.Configuration);
        }
    }

    private void AskForPledges()
    {
        Pledge(_self);
        if (_pledgeBox.IsNobody())
        {
            _pledgeBox = OpenBox("pledges");
        }

        var missing = _founding.Voters.Where(voter => voter != _self && !_pledges.ContainsKey(voter)).ToArray();
        foreach (var voter in missing)
        {
            var request = new RequestPledge(HeaderTo(voter, FoundingTerm), _founding);
            _environment.Peers.Resolve(_founding.Find(voter)!).Tell(request, _pledgeBox);
        }

        if (missing.Length > 0 && Now - _foundingSince >= SayWhatIsAwaitedAfter && _gate.ShouldLog(missing[0], "pledge", Now))
        {
            _logger.Warning("{0} does not begin the group yet: {1}", PersistenceId, FoundingInWords);
        }
    }

    /// <summary>The vote of term 1, which is given once.</summary>
    private void Pledge(ServerId founder)
    {
        if (_votedFor.IsNone)
        {
            _currentTerm = FoundingTerm;
            _votedFor = founder;
            PersistHardState();
        }

        if (founder == _self && !_pledges.ContainsKey(_self))
        {
            // The founder's own counts when it is durable, so that whatever happens it makes the same first entry again.
            _journal.WhenDurable(
                () =>
                {
                    _pledges[_self] = _identity.Journal;
                    BeginWhenAllPledged();
                },
                key: nameof(Pledge));
        }
    }

    private string? WhyNoPledge(ServerId founder, Configuration configuration) =>
        WhyNoBootstrap(configuration)
        ?? (founder != FounderOf(configuration) ? $"server {FounderOf(configuration)} is to begin with {configuration}, and not {founder}" : null);

    private void OnRequestPledge(RequestPledge request)
    {
        var founder = request.Header.From;
        var header = HeaderTo(founder);
        if (WhyNoPledge(founder, request.Configuration) is { } reason)
        {
            Sender.Tell(new PledgeResponse(header, reason), Self);
            return;
        }

        if (_votedFor.IsNone)
        {
            _logger.Info("{0} leaves it to {1} to begin the group with {2}", PersistenceId, founder, request.Configuration);
        }

        Pledge(founder);
        var sender = Sender;
        _journal.WhenDurable(() => sender.Tell(new PledgeResponse(header, Refusal: null), Self), key: (nameof(RequestPledge), sender));
    }

    private void OnPledgeResponse(PledgeResponse response)
    {
        var server = response.Header.From;
        if (!IsEmpty || !_founding.IsVoter(server))
        {
            return;
        }

        if (response.Refusal is { } refusal)
        {
            _pledgeRefusal = $"{server} refuses: {refusal}. If a group stands, this server is filled up by its leader; "
                + "if its majority was lost, a server that has data must be recovered (docs/operations.md)";
            GiveUpBootstrap(refusal);
            return;
        }

        _pledges[server] = response.Header.Journal;
        BeginWhenAllPledged();
    }

    /// <summary>Who asked for it is told that it was not done, and so it must not be done later. What the settings say goes on.</summary>
    private void GiveUpBootstrap(string refusal)
    {
        if (_bootstrapClient is not null)
        {
            _founding = _settings.InitialConfiguration.IsVoter(_self) ? _founding : Configuration.Empty;
            AnswerBootstrap(new ConfigurationRefused(refusal));
        }
    }

    private void BeginWhenAllPledged()
    {
        if (IsEmpty && !_founding.IsEmpty && _founding.Voters.All(_pledges.ContainsKey))
        {
            Begin(WithIdentities(_founding));
        }
    }

    /// <summary>Where a server of an older version is among them, the group gets its identity later.</summary>
    private Configuration WithIdentities(Configuration configuration)
    {
        if (configuration.Voters.Any(voter => _pledges[voter].IsNone))
        {
            return configuration;
        }

        var first = new Configuration([.. configuration.Servers.Select(server => server with { Journal = _pledges.GetValueOrDefault(server.Id) })]);
        return new Configuration(first.Servers, GroupIdentity.Of(first));
    }

    /// <summary>The founder's part: the first entry, and when it is durable the same for all who pledged themselves.</summary>
    private void Begin(Configuration configuration)
    {
        WriteFirstEntry(configuration);
        _journal.WhenDurable(() =>
        {
            foreach (var server in configuration.Servers.Where(server => server.Suffrage == Suffrage.Voter && server.Id != _self))
            {
                _environment.Peers.Resolve(server).Tell(new BeginGroup(HeaderTo(server.Id, FoundingTerm), configuration), Self);
            }
        });
    }

    private void OnBeginGroup(BeginGroup begin)
    {
        if (IsEmpty && _votedFor == begin.Header.From && begin.Configuration.IsVoter(_self, _identity.Journal))
        {
            WriteFirstEntry(begin.Configuration);
        }
    }

    private void WriteFirstEntry(Configuration configuration)
    {
        _logger.Info("{0} begins group {1} with {2}", PersistenceId, configuration.Identity, configuration);
        Append(new LogEntry(NodeIdentity.FirstEntry, FoundingTerm, EntryKind.Configuration, ConfigurationCodec.Encode(configuration), default, 0));
        CampaignWhenAlone();
    }

    /// <summary>The first entry came, from the founder or from a leader.</summary>
    private void OnGroupBegun()
    {
        Timers.Cancel(NodeTick.Founding);
        CloseBox(ref _pledgeBox);
        _pledges.Clear();
        _pledgeRefusal = null;
        var configuration = Configuration;
        _journal.WhenDurable(() => AnswerBootstrap(new ConfigurationChanged(NodeIdentity.FirstEntry, configuration)));
    }

    /// <summary>A discovery asks, in a founder's place; see <see cref="OnRequestPledge"/>.</summary>
    private void OnPledge(PledgeBootstrap request)
    {
        if (WhyNoPledge(request.Coordinator, request.Configuration) is { } reason)
        {
            Sender.Tell(new ConfigurationRefused(reason), Self);
            return;
        }

        Pledge(request.Coordinator);
        var client = Sender;
        _journal.WhenDurable(
            () => client.Tell(new BootstrapPledged(_self, request.Coordinator), Self), key: (nameof(PledgeBootstrap), client));
    }
}
