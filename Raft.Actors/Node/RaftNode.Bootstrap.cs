using Akka.Event;
using Raft.Actors.Elections;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>
/// Beginning a group where several servers could: each pledges itself to one coordinator, by its vote in term 1. Nobody leads term 1 (a first
/// configuration is written in it without an election), so that the vote is free for this.
/// </summary>
public sealed partial class RaftNode
{
    private const long BootstrapTerm = 1;

    /// <summary>Why this server cannot write a first configuration; null where it can: it has no state, but for a pledge to itself.</summary>
    private string? WhyNoBootstrap(Membership.Configuration configuration) =>
        _log.LastIndex > 0 || _currentTerm > BootstrapTerm || (_currentTerm == BootstrapTerm && _votedFor != _self)
            ? $"server {_self} has state already (term {_currentTerm}, vote for {(_votedFor.IsNone ? "nobody" : _votedFor)}, last entry {_log.LastIndex})"
            : !configuration.IsVoter(_self) ? $"server {_self} would not vote in it ({configuration})"
            : null;

    private void OnPledge(PledgeBootstrap request)
    {
        var reason = _log.LastIndex > 0 || _currentTerm > BootstrapTerm
                ? $"server {_self} has state already (term {_currentTerm}, last entry {_log.LastIndex})"
            : !request.Configuration.IsVoter(_self) || !request.Configuration.IsVoter(request.Coordinator)
                ? $"server {_self} or {request.Coordinator} would not vote in it ({request.Configuration})"
            : !VotingRule.IsFree(_votedFor, request.Coordinator) ? $"server {_self} has pledged itself to {_votedFor}"
            : null;
        if (reason is not null)
        {
            Sender.Tell(new ConfigurationRefused(reason), Self);
            return;
        }

        if (_votedFor.IsNone)
        {
            _logger.Info("{0} leaves it to {1} to begin the group", PersistenceId, request.Coordinator);
            _currentTerm = BootstrapTerm;
            _votedFor = request.Coordinator;
            PersistHardState();
        }

        var client = Sender;
        _journal.WhenDurable(
            () => client.Tell(new BootstrapPledged(_self, request.Coordinator), Self), key: (nameof(PledgeBootstrap), client));
    }
}
