using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Log;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Node;

/// <summary>A request for an entry, as it came from a client.</summary>
internal sealed record Proposal(EntryKind Kind, EncodedPayload Data, ReadOnlyMemory<byte> Extensions, IActorRef Client)
{
    /// <summary>The client session that the entry belongs to, or is about.</summary>
    public CommandSession? Session { get; init; }

    public int Size => Data.Length + Extensions.Length + LogEntry.Overhead;
}

/// <summary>
/// The leader's intake: what was accepted and is not applied yet, and what waits for room. Both are bounded, in number
/// and in bytes, so that no flood of commands and no slow disk or state machine makes a leader's memory grow.
/// </summary>
internal sealed class ProposalQueue(IntakeSettings settings)
{
    private readonly Queue<Accepted> _uncommitted = new();
    private readonly Queue<Accepted> _applying = new();
    private readonly LinkedList<Waiting> _waiting = new();
    private long _bytes;
    private long _waitingBytes;

    /// <summary>Commands accepted and not yet applied.</summary>
    public int InFlight => _uncommitted.Count + _applying.Count;

    /// <summary>Commands that wait to be accepted.</summary>
    public int WaitingCount => _waiting.Count;

    /// <summary>The earliest time at which a waiting command gives up; null while none waits.</summary>
    public TimeSpan? NextDeadline => _waiting.Count == 0 ? null : _waiting.Min(static waiting => waiting.Deadline);

    /// <summary>Whether there is room for a command now, and none waits before it.</summary>
    public bool HasRoomFor(Proposal proposal) => _waiting.Count == 0 && Fits(proposal);

    /// <summary>A command was appended to the log.</summary>
    public void Accept(long index, Proposal proposal)
    {
        _uncommitted.Enqueue(new Accepted(index, proposal.Client, proposal.Size));
        _bytes += proposal.Size;
    }

    /// <summary>Lets a command wait for room until a deadline. False where too many wait already.</summary>
    public bool TryWait(Proposal proposal, TimeSpan now, TimeSpan timeout)
    {
        if (_waiting.Count >= settings.MaxCommandsWaiting
            || _waitingBytes + proposal.Size > settings.MaxBytesWaiting + LogEntry.Overhead)
        {
            return false;
        }

        _waitingBytes += proposal.Size;
        _waiting.AddLast(new Waiting(proposal, now, now + timeout));
        return true;
    }

    /// <summary>Takes the command that has waited longest, if there is room for it now.</summary>
    public bool TryTakeWaiting(out Proposal proposal)
    {
        if (_waiting.First is { } first && Fits(first.Value.Proposal))
        {
            proposal = first.Value.Proposal;
            _waiting.RemoveFirst();
            _waitingBytes -= proposal.Size;
            return true;
        }

        proposal = null!;
        return false;
    }

    /// <summary>Takes the commands whose deadline has passed, with the time that each has waited.</summary>
    public IReadOnlyList<(IActorRef Client, TimeSpan Waited)> TakeExpired(TimeSpan now)
    {
        var expired = new List<(IActorRef, TimeSpan)>();
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Deadline <= now)
            {
                expired.Add((node.Value.Proposal.Client, now - node.Value.Since));
                _waiting.Remove(node);
                _waitingBytes -= node.Value.Proposal.Size;
            }

            node = next;
        }

        return expired;
    }

    /// <summary>Takes all commands that wait to be accepted: none of them is in the log.</summary>
    public IReadOnlyList<IActorRef> TakeWaiting()
    {
        IActorRef[] clients = [.. _waiting.Select(static waiting => waiting.Proposal.Client)];
        _waiting.Clear();
        _waitingBytes = 0;
        return clients;
    }

    /// <summary>The log is committed up to an index: returns who is to be told by the state machine.</summary>
    public ImmutableArray<PendingReply> Commit(long commitIndex)
    {
        if (!_uncommitted.TryPeek(out var first) || first.Index > commitIndex)
        {
            return [];
        }

        var replies = ImmutableArray.CreateBuilder<PendingReply>();
        while (_uncommitted.TryPeek(out var accepted) && accepted.Index <= commitIndex)
        {
            _applying.Enqueue(_uncommitted.Dequeue());
            replies.Add(new PendingReply(accepted.Index, accepted.Client));
        }

        return replies.DrainToImmutable();
    }

    /// <summary>The state machine has applied (and answered) everything up to an index: makes room.</summary>
    public void Applied(long index)
    {
        while (_applying.TryPeek(out var accepted) && accepted.Index <= index)
        {
            _bytes -= _applying.Dequeue().Size;
        }
    }

    /// <summary>Takes the commands that are in the log and not known to be committed: their outcome is open.</summary>
    public IReadOnlyList<PendingReply> TakeUncommitted()
    {
        PendingReply[] taken = [.. _uncommitted.Select(static accepted => new PendingReply(accepted.Index, accepted.Client))];
        _bytes -= _uncommitted.Sum(static accepted => (long)accepted.Size);
        _uncommitted.Clear();
        return taken;
    }

    private bool Fits(Proposal proposal) =>
        InFlight < settings.MaxCommandsInFlight && _bytes + proposal.Size <= settings.MaxBytesInFlight + LogEntry.Overhead;

    private readonly record struct Accepted(long Index, IActorRef Client, int Size);

    private sealed record Waiting(Proposal Proposal, TimeSpan Since, TimeSpan Deadline);
}
