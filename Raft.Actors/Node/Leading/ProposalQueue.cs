using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Actors.Node.Leading;

/// <summary>A request for an entry, as it came from a client.</summary>
internal sealed record Proposal(EntryKind Kind, EncodedPayload Data, ReadOnlyMemory<byte> Extensions, IActorRef Client)
{
    /// <summary>The client session that the entry belongs to, or is about.</summary>
    public CommandSession? Session { get; init; }

    /// <summary>The version of the group below which the command is not taken.</summary>
    public int MinimumVersion { get; init; }

    public int Size => Data.Length + Extensions.Length + LogEntry.Overhead;
}

/// <summary>
/// The leader's intake: what was accepted and is not applied yet, and what waits for room. Both are bounded, in number
/// and in bytes, so that no flood of commands and no slow disk or state machine makes a leader's memory grow.
/// </summary>
/// <remarks>
/// It is fair to senders. One may use at most <see cref="ShareOfFree"/> times what is free (the dynamic thresholds of
/// Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches", 1998): alone it gets eight
/// ninths, of n each gets the same, and some room is always left for whoever comes next. Those who wait come in in
/// turns of equal bytes (Shreedhar and Varghese, "Efficient fair queuing using deficit round robin", 1995), so that
/// large commands take no more than small ones; and whoever's turn it is holds the room that it waits for, so that
/// small ones do not keep a large one out.
/// </remarks>
internal sealed class ProposalQueue(IntakeSettings settings)
{
    private const int ShareOfFree = 8;
    private const int BytesPerTurn = 16 * 1024;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Queue<Accepted> _uncommitted = new();
    private readonly Queue<Accepted> _applying = new();
    private readonly IntakeUse _inFlight = new();
    private readonly IntakeUse _inWaiting = new();

    // Only asked for single senders, never walked through.
    private readonly Dictionary<ActorPath, ProposalSender> _senders = [];

    /// <summary>The senders of which something waits; whose turn it is comes first.</summary>
    private readonly LinkedList<ProposalSender> _turns = new();

    /// <summary>Whether a command waits only because the intake is full: what becomes free is for it.</summary>
    private bool _isReserved;
    private TimeSpan _passage;

    /// <summary>Commands accepted and not yet applied.</summary>
    public int InFlight => _uncommitted.Count + _applying.Count;

    /// <summary>Commands that wait to be accepted.</summary>
    public int WaitingCount => _inWaiting.Count;

    /// <summary>The earliest time at which a waiting command gives up; null while none waits.</summary>
    public TimeSpan? NextDeadline => _turns.Count == 0
        ? null
        : _turns.Min(static sender => sender.Waiting.Min(static waiting => waiting.Deadline));

    /// <summary>Whether there is room for a command of its sender now, and none waits before it.</summary>
    public bool HasRoomFor(Proposal proposal)
    {
        var sender = Find(proposal.Client);
        return !_isReserved && sender is not { Waiting.Count: > 0 } && IsWithinShare(sender?.InFlight) && Fits(proposal);
    }

    /// <summary>A command was appended to the log.</summary>
    public void Accept(long index, Proposal proposal, TimeSpan now = default)
    {
        var sender = FindOrAdd(proposal.Client);
        sender.InFlight.Add(proposal.Size);
        _inFlight.Add(proposal.Size);
        _uncommitted.Enqueue(new Accepted(index, proposal.Client, proposal.Size, sender, now));
    }

    /// <summary>
    /// Lets a command wait for room until a deadline. False where too many wait already, or too many of its sender.
    /// </summary>
    public bool TryWait(Proposal proposal, TimeSpan now, TimeSpan timeout)
    {
        if (!Fits(_inWaiting, proposal, settings.MaxCommandsWaiting, settings.MaxBytesWaiting)
            || !IsWithinShare(
                Find(proposal.Client)?.InWaiting, _inWaiting, settings.MaxCommandsWaiting, settings.MaxBytesWaiting))
        {
            return false;
        }

        var sender = FindOrAdd(proposal.Client);
        if (sender.Waiting.Count == 0)
        {
            sender.Credit = 0;
            _turns.AddLast(sender);
        }

        sender.Waiting.AddLast(new WaitingProposal(proposal, now, now + timeout));
        sender.InWaiting.Add(proposal.Size);
        _inWaiting.Add(proposal.Size);
        _isReserved |= IsWithinShare(sender.InFlight);
        return true;
    }

    /// <summary>Takes the waiting command whose turn it is, if there is room for it now.</summary>
    public bool TryTakeWaiting(out Proposal proposal)
    {
        _isReserved = false;
        for (var beyondShare = 0; beyondShare < _turns.Count;)
        {
            var sender = _turns.First!.Value;
            var head = sender.Waiting.First!.Value.Proposal;
            if (!IsWithinShare(sender.InFlight))
            {
                beyondShare++;
                EndTurn(sender);
            }
            else if (head.Size > sender.Credit)
            {
                beyondShare = 0;
                EndTurn(sender);
                sender.Credit += BytesPerTurn;
            }
            else if (!Fits(head))
            {
                _isReserved = true;
                break;
            }
            else
            {
                sender.Credit -= head.Size;
                Leave(sender, sender.Waiting.First!);
                proposal = head;
                return true;
            }
        }

        proposal = null!;
        return false;
    }

    /// <summary>Takes the commands whose deadline has passed, with the time that each has waited.</summary>
    public IReadOnlyList<(IActorRef Client, TimeSpan Waited)> TakeExpired(TimeSpan now)
    {
        var expired = new List<(IActorRef, TimeSpan)>();
        foreach (var sender in _turns.ToArray())
        {
            for (var node = sender.Waiting.First; node is not null;)
            {
                var next = node.Next;
                if (node.Value.Deadline <= now)
                {
                    expired.Add((node.Value.Proposal.Client, now - node.Value.Since));
                    Leave(sender, node);
                }

                node = next;
            }
        }

        return expired;
    }

    /// <summary>Takes all commands that wait to be accepted: none of them is in the log.</summary>
    public IReadOnlyList<IActorRef> TakeWaiting()
    {
        var clients = new List<IActorRef>();
        while (_turns.First is { } turn)
        {
            clients.Add(turn.Value.Waiting.First!.Value.Proposal.Client);
            Leave(turn.Value, turn.Value.Waiting.First!);
        }

        _isReserved = false;
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
    public void Applied(long index, TimeSpan now = default)
    {
        while (_applying.TryPeek(out var accepted) && accepted.Index <= index)
        {
            _passage = now - accepted.Since;
            Release(_applying.Dequeue());
        }
    }

    /// <summary>Takes the commands that are in the log and not known to be committed: their outcome is open.</summary>
    public IReadOnlyList<PendingReply> TakeUncommitted()
    {
        PendingReply[] taken = [.. _uncommitted.Select(static accepted => new PendingReply(accepted.Index, accepted.Client))];
        while (_uncommitted.TryDequeue(out var accepted))
        {
            Release(accepted);
        }

        return taken;
    }

    /// <summary>
    /// When one that is refused should try again: what is in flight will have been applied by then, if it goes on as it
    /// went of late. It grows while nothing goes on at all.
    /// </summary>
    public TimeSpan RetryAfter(TimeSpan now)
    {
        var oldest = _applying.TryPeek(out var first) || _uncommitted.TryPeek(out first) ? now - first.Since : TimeSpan.Zero;
        var pause = oldest > _passage ? oldest : _passage;
        return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }

    private static bool Fits(IntakeUse use, Proposal proposal, int maxCount, long maxBytes) =>
        use.Count < maxCount && use.Bytes + proposal.Size <= maxBytes + LogEntry.Overhead;

    private static bool IsWithinShare(IntakeUse? own, IntakeUse all, int maxCount, long maxBytes) =>
        own is null or { Count: 0 }
        || (own.Count < (long)ShareOfFree * (maxCount - all.Count) && own.Bytes / ShareOfFree <= maxBytes - all.Bytes);

    private bool Fits(Proposal proposal) => Fits(_inFlight, proposal, settings.MaxCommandsInFlight, settings.MaxBytesInFlight);

    private bool IsWithinShare(IntakeUse? own) =>
        IsWithinShare(own, _inFlight, settings.MaxCommandsInFlight, settings.MaxBytesInFlight);

    private void EndTurn(ProposalSender sender)
    {
        _turns.RemoveFirst();
        _turns.AddLast(sender);
    }

    private void Leave(ProposalSender sender, LinkedListNode<WaitingProposal> waiting)
    {
        var size = waiting.Value.Proposal.Size;
        sender.Waiting.Remove(waiting);
        sender.InWaiting.Remove(size);
        _inWaiting.Remove(size);
        if (sender.Waiting.Count == 0)
        {
            _turns.Remove(sender);
            Forget(sender);
        }
    }

    private void Release(Accepted accepted)
    {
        accepted.Sender.InFlight.Remove(accepted.Size);
        _inFlight.Remove(accepted.Size);
        Forget(accepted.Sender);
    }

    private void Forget(ProposalSender sender)
    {
        if (sender.IsIdle)
        {
            _senders.Remove(sender.Path);
        }
    }

    private ProposalSender? Find(IActorRef client) => _senders.GetValueOrDefault(ProposalSender.Of(client));

    private ProposalSender FindOrAdd(IActorRef client)
    {
        var path = ProposalSender.Of(client);
        if (!_senders.TryGetValue(path, out var sender))
        {
            _senders[path] = sender = new ProposalSender(path);
        }

        return sender;
    }

    private readonly record struct Accepted(long Index, IActorRef Client, int Size, ProposalSender Sender, TimeSpan Since);
}
