using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;

namespace Raft.Actors.Node.Leading;

/// <summary>What a leader takes in: each request becomes an entry, waits for room, or is refused.</summary>
internal sealed class Intake(
    ILeaderContext node, Leadership leadership, ProposalQueue proposals, CommandTypes types, CommandVersion version)
{
    // Longer waits are cut to this: a client's number must not overflow the clock.
    private static readonly TimeSpan MaxEnqueueTimeout = TimeSpan.FromDays(1);

    private TimeSpan _deadline;
    private bool _waitsForReaders;

    /// <summary>A command.</summary>
    public void Propose(Apply apply)
    {
        EncodedPayload data;
        try
        {
            data = node.Codec.Encode(apply.Command);
        }
        catch (PayloadException unfit)
        {
            node.Tell(node.Sender, Carriage.RefusalOf(node, unfit));
            return;
        }

        var size = (long)data.Length + apply.Extensions.Length;
        if (data.Format == PayloadFormat.Null)
        {
            node.Tell(node.Sender, new InvalidRequest("a command may not be null"));
        }
        else if (size > node.Settings.Intake.MaxCommandBytes)
        {
            node.Tell(node.Sender, new TooLarge(size, node.Settings.Intake.MaxCommandBytes));
        }
        else if (apply.Session?.Flaw is { } flaw)
        {
            node.Tell(node.Sender, new InvalidRequest(flaw));
        }
        else
        {
            var proposal = new Proposal(EntryKind.Command, data, apply.Extensions, node.Sender)
            {
                Session = apply.Session,
                MinimumVersion = apply.MinimumVersion,
            };
            Propose(proposal, apply.EnqueueTimeout);
        }
    }

    /// <summary>A barrier: answered once everything before it is applied.</summary>
    public void Propose(ApplyBarrier barrier) =>
        Propose(new Proposal(EntryKind.Barrier, EncodedPayload.None, default, node.Sender), barrier.EnqueueTimeout);

    /// <summary>A client's session begins, goes on or ends. How long it lives is decided where the log is applied.</summary>
    public void ProposeSession(IRaftRequest request)
    {
        switch (request)
        {
            case RegisterSession register:
                var limits = SessionLimits.Of(node.Settings.Sessions).Encode();
                Propose(new Proposal(EntryKind.RegisterSession, limits, default, node.Sender), register.EnqueueTimeout);
                break;
            case KeepSessionAlive { SessionId: > 0, LowestUnanswered: > 0 } keep:
                var lowest = keep.LowestUnanswered;
                ProposeSession(EntryKind.KeepSessionAlive, new CommandSession(keep.SessionId, lowest, lowest));
                break;
            case CloseSession { SessionId: > 0 } close:
                ProposeSession(EntryKind.CloseSession, new CommandSession(close.SessionId, 1, 1));
                break;
            default:
                node.Tell(node.Sender, new InvalidRequest($"{request} names no session"));
                break;
        }
    }

    /// <summary>Takes a proposal in, lets it wait for room, or refuses it.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <param name="enqueueTimeout">How long it may wait; null: as long as the settings say.</param>
    public void Propose(Proposal proposal, TimeSpan? enqueueTimeout)
    {
        var timeout = enqueueTimeout ?? node.Settings.Intake.EnqueueTimeout;
        timeout = timeout < MaxEnqueueTimeout ? timeout : MaxEnqueueTimeout;
        if (proposals.HasRoomFor(proposal) && !node.IsLogFull && KnowsReaders(proposal))
        {
            Accept(proposal);
        }
        else if (timeout > TimeSpan.Zero && proposals.TryWait(proposal, node.Now, timeout))
        {
            _waitsForReaders |= !KnowsReaders(proposal);
            WatchDeadline(node.Now + timeout);
        }
        else if (!KnowsReaders(proposal))
        {
            node.Tell(
                proposal.Client,
                new Unavailable($"leader {node.Self} has not heard yet which types the others read; try again in a moment"));
        }
        else
        {
            node.Tell(proposal.Client, new Overloaded(proposals.InFlight, proposals.RetryAfter(node.Now)));
        }
    }

    /// <summary>Appends a proposal to the log, whether there is room or not.</summary>
    public void Accept(Proposal proposal)
    {
        if ((version.WhyNot(proposal.MinimumVersion) ?? types.WhyNotRead(proposal)) is { } reason)
        {
            node.Tell(proposal.Client, new Unavailable(reason));
            return;
        }

        var entry = NewEntry(proposal.Kind, proposal.Data, proposal.Extensions, proposal.Session);
        proposals.Accept(entry.Index, proposal, node.Now);
        node.Append(entry);
    }

    /// <summary>The next entry of the log.</summary>
    public LogEntry NewEntry(
        EntryKind kind, EncodedPayload data, ReadOnlyMemory<byte> extensions = default, CommandSession? session = null) =>
        new(node.Log.LastIndex + 1, node.Term, kind, data, extensions, leadership.Stamp) { Session = session };

    /// <summary>Room was made: proposals that wait come in, in their order.</summary>
    public void AcceptWaiting()
    {
        while (node.Role == RaftRole.Leader && !node.IsLogFull && (!_waitsForReaders || leadership.HasHeardQuorum)
            && proposals.TryTakeWaiting(out var proposal))
        {
            Accept(proposal);
        }
    }

    /// <summary>Proposals may have waited too long.</summary>
    public void OnDeadline()
    {
        foreach (var (client, waited) in proposals.TakeExpired(node.Now))
        {
            node.Tell(client, new EnqueueTimedOut(waited));
        }

        // One that had no room may have stood before others that have.
        AcceptWaiting();
        if (proposals.NextDeadline is { } next)
        {
            WatchDeadline(next);
        }
    }

    private void ProposeSession(EntryKind kind, CommandSession session) =>
        Propose(new Proposal(kind, EncodedPayload.None, default, node.Sender) { Session = session }, enqueueTimeout: null);

    private bool KnowsReaders(Proposal proposal) => proposal.Data.Format != PayloadFormat.Hyperion || leadership.HasHeardQuorum;

    /// <summary>Sets the timer for the earliest deadline of the proposals that wait.</summary>
    private void WatchDeadline(TimeSpan deadline)
    {
        if (!node.Timers.IsTimerActive(NodeTick.EnqueueDeadline) || deadline < _deadline)
        {
            _deadline = deadline;
            var remaining = deadline - node.Now;
            node.Timers.StartSingleTimer(
                NodeTick.EnqueueDeadline,
                NodeTick.EnqueueDeadline,
                remaining > TimeSpan.Zero ? remaining : TimeSpan.FromMilliseconds(1));
        }
    }
}
