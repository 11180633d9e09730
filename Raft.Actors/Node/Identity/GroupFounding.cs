using Akka.Actor;
using Akka.Event;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Questions;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node.Identity;

/// <summary>
/// Beginning a group (docs/architecture.md, Identity). An empty server cannot know whether a group stands already, whose
/// disks were lost. So the first voter of the first configuration, by its id, asks each of the others whether it is empty
/// too. Each pledges itself to this founder, durably, by its vote in term 1: nobody leads term 1, so that the vote is free
/// for this. With all pledges the founder makes the group's identity and writes the first entry.
/// </summary>
internal sealed class GroupFounding(INodeContext node, NodeIdentity identity)
{
    private const long FoundingTerm = 1;

    private static readonly TimeSpan SayWhatIsAwaitedAfter = TimeSpan.FromSeconds(5);

    private readonly Dictionary<ServerId, JournalIdentity> _pledges = [];
    private readonly QuestionBox _box = new(node);
    private Configuration _planned = Configuration.Empty;
    private IActorRef? _client;
    private TimeSpan _since;
    private string? _refusal;

    /// <summary>Whether this server has never had a part in a group, but for a pledge to let one begin.</summary>
    public bool IsEmpty => node.Log.LastIndex == 0 && node.Term <= FoundingTerm;

    /// <summary>An operator wants the group to begin.</summary>
    public void OnBootstrap(Bootstrap request)
    {
        if (WhyNoBootstrap(request.Configuration) is { } reason)
        {
            node.Tell(node.Sender, new ConfigurationRefused(reason));
            return;
        }

        if (!node.Sender.Equals(_client))
        {
            AnswerClient(new ConfigurationRefused("another request to begin the group came"));
            _client = node.Sender;
        }

        Begin(request.Configuration);
    }

    /// <summary>Answers the operator who wants the group to begin, if one waits.</summary>
    public void AnswerClient(IRaftReply answer)
    {
        if (_client is { } client)
        {
            node.Tell(client, answer);
        }

        _client = null;
    }

    /// <summary>Why this server cannot have a part in a first configuration; null where it can.</summary>
    private string? WhyNoBootstrap(Configuration configuration) =>
        !IsEmpty ? StateInWords()
        : !configuration.IsVoter(node.Self) ? $"server {node.Self} would not vote in it ({configuration})"
        : !VotingRule.IsFree(node.VotedFor, FounderOf(configuration))
            ? $"server {node.Self} has pledged itself to {node.VotedFor}"
        : !_planned.IsEmpty && !HasSameServers(configuration, _planned)
            ? $"server {node.Self} would begin with other servers: {_planned}"
        : null;

    private string StateInWords() =>
        $"server {node.Self} has state already (term {node.Term}, last entry {node.Log.LastIndex}, group {identity.Group})";

    /// <summary>Who begins: the first voter by its id, so that all who know the configuration agree on it.</summary>
    private static ServerId FounderOf(Configuration configuration) =>
        configuration.Voters.MinBy(static voter => voter.Value, StringComparer.Ordinal);

    /// <summary>Addresses may be written in different ways.</summary>
    private static bool HasSameServers(Configuration one, Configuration other) =>
        one.Servers.Length == other.Servers.Length
        && one.Servers.All(server => other.Find(server.Id)?.Suffrage == server.Suffrage);

    /// <summary>Goes about beginning the group, until it has begun.</summary>
    public void Begin(Configuration configuration)
    {
        if (_planned.IsEmpty)
        {
            _since = node.Now;
            node.Timers.StartPeriodicTimer(NodeTick.Founding, NodeTick.Founding, node.Settings.HeartbeatTimeout / 4);
        }

        _planned = configuration;
        OnTick();
    }

    /// <summary>Handles what other servers say of a beginning.</summary>
    /// <returns>False where the message is about something else.</returns>
    public bool Handle(object message)
    {
        switch (message)
        {
            case RequestFounding request:
                OnRequestFounding(request);
                return true;
            case RequestPledge request:
                OnRequestPledge(request);
                return true;
            case PledgeResponse response:
                OnPledgeResponse(response);
                return true;
            case BeginGroup begin:
                OnBeginGroup(begin);
                return true;
            case NodeTick.Founding:
                OnTick();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Asks again those that have not answered.</summary>
    private void OnTick()
    {
        if (!IsEmpty || _planned.IsEmpty)
        {
            node.Timers.Cancel(NodeTick.Founding);
        }
        else if (FounderOf(_planned) == node.Self)
        {
            AskForPledges();
            BeginWhenAllPledged();
        }
        else if (_client is not null && _planned.Find(FounderOf(_planned)) is { } founder)
        {
            // An operator told this server; the founder need not know it yet.
            node.Tell(founder, new RequestFounding(node.HeaderTo(founder.Id, FoundingTerm), _planned));
        }
    }

    /// <summary>What the beginning of the group waits for; null where this server is not about to begin one.</summary>
    public string? InWords =>
        !IsEmpty || _planned.IsEmpty ? null
        : FounderOf(_planned) is var founder && founder != node.Self
            ? $"{founder} is to begin the group, once each of its first voters is up and empty"
        : _refusal ?? $"{string.Join(", ", _planned.Voters.Where(voter => !_pledges.ContainsKey(voter)))} has not answered. "
            + "A group begins when each of its first voters is up and empty";

    /// <summary>Another server was told to begin a group whose founder this one is.</summary>
    private void OnRequestFounding(RequestFounding request)
    {
        if (WhyNoPledge(node.Self, request.Configuration) is null && _planned.IsEmpty)
        {
            Begin(request.Configuration);
        }
    }

    private void AskForPledges()
    {
        Pledge(node.Self);
        var box = _box.Open("pledges");
        var missing = _planned.Voters.Where(voter => voter != node.Self && !_pledges.ContainsKey(voter)).ToArray();
        foreach (var voter in missing)
        {
            var request = new RequestPledge(node.HeaderTo(voter, FoundingTerm), _planned);
            node.Resolve(_planned.Find(voter)!).Tell(request, box);
        }

        if (missing.Length > 0 && node.Now - _since >= SayWhatIsAwaitedAfter && node.ShouldLog(missing[0], "pledge"))
        {
            node.Logger.Warning("{0} does not begin the group yet: {1}", node.Name, InWords);
        }
    }

    /// <summary>The vote of term 1, which is given once.</summary>
    private void Pledge(ServerId founder)
    {
        if (node.VotedFor.IsNone)
        {
            node.GiveVote(FoundingTerm, founder);
        }

        if (founder == node.Self && !_pledges.ContainsKey(node.Self))
        {
            // The founder's own counts when it is durable, so that whatever happens it makes the same first entry again.
            node.WhenDurable(
                () =>
                {
                    _pledges[node.Self] = identity.Journal;
                    BeginWhenAllPledged();
                },
                key: nameof(Pledge));
        }
    }

    private string? WhyNoPledge(ServerId founder, Configuration configuration) =>
        WhyNoBootstrap(configuration)
        ?? (founder != FounderOf(configuration)
            ? $"server {FounderOf(configuration)} is to begin with {configuration}, and not {founder}"
            : null);

    /// <summary>A founder asks whether this server is empty too.</summary>
    private void OnRequestPledge(RequestPledge request)
    {
        var founder = request.Header.From;
        var header = node.HeaderTo(founder);
        if (WhyNoPledge(founder, request.Configuration) is { } reason)
        {
            node.Tell(node.Sender, new PledgeResponse(header, reason));
            return;
        }

        if (node.VotedFor.IsNone)
        {
            node.Logger.Info("{0} leaves it to {1} to begin the group with {2}", node.Name, founder, request.Configuration);
        }

        Pledge(founder);
        var sender = node.Sender;
        node.WhenDurable(
            () => node.Tell(sender, new PledgeResponse(header, Refusal: null)), key: (nameof(RequestPledge), sender));
    }

    /// <summary>A server has answered this founder.</summary>
    private void OnPledgeResponse(PledgeResponse response)
    {
        var server = response.Header.From;
        if (!IsEmpty || !_planned.IsVoter(server))
        {
            return;
        }

        if (response.Refusal is { } refusal)
        {
            _refusal = $"{server} refuses: {refusal}. If a group stands, this server is filled up by its leader; "
                + "if its majority was lost, a server that has data must be recovered (docs/operations.md)";
            GiveUpBootstrap(refusal);
            return;
        }

        _pledges[server] = response.Header.Journal;
        BeginWhenAllPledged();
    }

    /// <summary>
    /// Who asked for it is told that it was not done, and so it must not be done later. What the settings say goes on.
    /// </summary>
    private void GiveUpBootstrap(string refusal)
    {
        if (_client is not null)
        {
            _planned = node.Settings.InitialConfiguration.IsVoter(node.Self) ? _planned : Configuration.Empty;
            AnswerClient(new ConfigurationRefused(refusal));
        }
    }

    private void BeginWhenAllPledged()
    {
        if (IsEmpty && !_planned.IsEmpty && _planned.Voters.All(_pledges.ContainsKey))
        {
            WriteAndTell(WithIdentities(_planned));
        }
    }

    /// <summary>Where a server of an older version is among them, the group gets its identity later.</summary>
    private Configuration WithIdentities(Configuration configuration)
    {
        if (configuration.Voters.Any(voter => _pledges[voter].IsNone))
        {
            return configuration;
        }

        var identified = configuration.Servers.Select(server => server with { Journal = _pledges.GetValueOrDefault(server.Id) });
        var first = new Configuration([.. identified]);
        return new Configuration(first.Servers, GroupIdentity.Of(first));
    }

    /// <summary>The founder's part: the first entry, and when it is durable the same for all who pledged themselves.</summary>
    private void WriteAndTell(Configuration configuration)
    {
        WriteFirstEntry(configuration);
        node.WhenDurable(() =>
        {
            var others = configuration.Servers.Where(server => server.Suffrage == Suffrage.Voter && server.Id != node.Self);
            foreach (var server in others)
            {
                node.Tell(server, new BeginGroup(node.HeaderTo(server.Id, FoundingTerm), configuration));
            }
        });
    }

    /// <summary>The founder has begun the group.</summary>
    private void OnBeginGroup(BeginGroup begin)
    {
        if (IsEmpty && node.VotedFor == begin.Header.From && begin.Configuration.IsVoter(node.Self, identity.Journal))
        {
            WriteFirstEntry(begin.Configuration);
        }
    }

    private void WriteFirstEntry(Configuration configuration)
    {
        node.Logger.Info("{0} begins group {1} with {2}", node.Name, configuration.Identity, configuration);
        var encoded = ConfigurationCodec.Encode(configuration);
        node.Append(new LogEntry(NodeIdentity.FirstEntry, FoundingTerm, EntryKind.Configuration, encoded, default, 0));
        node.CampaignWhenAlone();
    }

    /// <summary>The node takes no part any more.</summary>
    public void Stop() => _box.Close();

    /// <summary>The first entry came, from the founder or from a leader.</summary>
    public void OnGroupBegun()
    {
        node.Timers.Cancel(NodeTick.Founding);
        _box.Close();
        _pledges.Clear();
        _refusal = null;
        var configuration = node.Configuration;
        node.WhenDurable(() => AnswerClient(new ConfigurationChanged(NodeIdentity.FirstEntry, configuration)));
    }

    /// <summary>A discovery asks, in a founder's place; see <see cref="OnRequestPledge"/>.</summary>
    public void OnPledgeBootstrap(PledgeBootstrap request)
    {
        if (WhyNoPledge(request.Coordinator, request.Configuration) is { } reason)
        {
            node.Tell(node.Sender, new ConfigurationRefused(reason));
            return;
        }

        Pledge(request.Coordinator);
        var client = node.Sender;
        node.WhenDurable(
            () => node.Tell(client, new BootstrapPledged(node.Self, request.Coordinator)),
            key: (nameof(PledgeBootstrap), client));
    }
}
