using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Raft.Actors.Model;
using Raft.Actors.Node.Leading;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Node;

/// <summary>
/// The mailbox of a group's supervisor and of its node: bounded for what clients ask, in number and in bytes, and open for
/// all else. Whoever tells a full one a request is answered <see cref="Overloaded"/> at once, by the thread that tells it, so
/// that a flood of requests that nobody waits for ends at the door instead of in memory.
/// </summary>
/// <remarks>
/// What comes from servers, from the journal and from timers is never refused: it is bounded by windows of its own, and
/// behind no more requests than there may be. Order is that of arrival. Akka makes one from the section that <see cref="Id"/>
/// names.
/// </remarks>
public sealed class IntakeMailbox : MailboxType, IProducesMessageQueue<IntakeQueue>
{
    /// <summary>Where its settings stand.</summary>
    public const string Id = "raft.intake-mailbox";

    private readonly int _maxRequests;
    private readonly long _maxBytes;

    /// <summary>Made by Akka.</summary>
    /// <exception cref="RaftConfigurationException">A setting is wrong.</exception>
    public IntakeMailbox(Akka.Actor.Settings settings, Config config)
        : base(settings, config)
    {
        _maxRequests = config.GetInt("max-requests");
        _maxBytes = config.GetByteSize("max-bytes", 0) ?? 0;
        RaftSettings.Check(
            _maxRequests is >= 64 and <= IntakeQueue.MostRequests,
            $"{Id}.max-requests",
            _maxRequests,
            $"from 64 to {IntakeQueue.MostRequests}");
        RaftSettings.Check(
            _maxBytes is >= 1024 * 1024 and <= IntakeQueue.MostBytes,
            $"{Id}.max-bytes",
            _maxBytes,
            $"from 1 MiB to {IntakeQueue.MostBytes} bytes");
    }

    /// <inheritdoc />
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new IntakeQueue(owner, _maxRequests, _maxBytes);
}

/// <summary>
/// A queue of messages of which requests are bounded; see <see cref="IntakeMailbox"/>. Any thread adds, its owner takes.
/// </summary>
/// <remarks>
/// As long as it is less than half full it only counts. Above that one sender (as <see cref="ProposalSender"/> has it) may
/// add eight times as many as there is room left for, so that one which floods it leaves room for others. The last eighth is
/// for what is neither a command nor a read: who asks for the status, or takes a server out, should not be kept out by them.
/// </remarks>
public sealed class IntakeQueue : IMessageQueue, IUnboundedDequeBasedMessageQueueSemantics
{
    internal const int MostRequests = 1 << 22;
    internal const long MostBytes = 1L << 39;

    private const int ShareOfFree = 8;

    // The part of it that commands and reads leave alone.
    private const int Reserve = 8;

    // Number and bytes in one number, so that both are counted by one instruction: the number above the 40 bits of the bytes.
    private const int CountShift = 40;
    private const long BytesMask = (1L << CountShift) - 1;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<Item> _queue = new();
    private readonly Stack<Envelope> _prepended = new();
    private readonly Dictionary<ActorPath, SenderUse> _senders = [];
    private readonly IActorRef _owner;
    private readonly int _maxRequests;
    private readonly long _maxBytes;
    private long _use;

    // Where messages go once the actor has ended; null before.
    private IMessageQueue? _deadLetters;

    internal IntakeQueue(IActorRef owner, int maxRequests, long maxBytes) =>
        (_owner, _maxRequests, _maxBytes) = (owner, maxRequests, maxBytes);

    /// <inheritdoc />
    public bool HasMessages => !_queue.IsEmpty || _prepended.Count > 0;

    /// <inheritdoc />
    public int Count => _queue.Count + _prepended.Count;

    /// <summary>Requests that wait in it.</summary>
    internal int Requests => (int)(Volatile.Read(ref _use) >> CountShift);

    /// <summary>Their bytes.</summary>
    internal long Bytes => Volatile.Read(ref _use) & BytesMask;

    /// <inheritdoc />
    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        if (SizeOf(envelope.Message) is not { } size)
        {
            Enqueue(new Item(envelope, 0, null));
            return;
        }

        var cost = (1L << CountShift) + size;
        var use = Interlocked.Add(ref _use, cost);
        var isWork = envelope.Message is Apply or Read or ForwardedRequest;
        var (count, bytes) = (use >> CountShift, use & BytesMask);
        var (maxCount, maxBytes) = isWork
            ? (_maxRequests - (_maxRequests / Reserve), _maxBytes - (_maxBytes / Reserve))
            : (_maxRequests, _maxBytes);
        SenderUse? sender = null;
        var isFull = count > maxCount || bytes > maxBytes;
        var isHalfFull = count > maxCount / 2 || bytes > maxBytes / 2;
        if (isFull || (isHalfFull && (sender = Enter(envelope.Sender, FreeOf(maxCount, count, maxBytes, bytes))) is null))
        {
            Interlocked.Add(ref _use, -cost);
            envelope.Sender.Tell(new Overloaded((int)count, RetryAfter), _owner);
            return;
        }

        Enqueue(new Item(envelope, cost, sender));
    }

    /// <inheritdoc />
    public void EnqueueFirst(Envelope envelope) => _prepended.Push(envelope);

    /// <inheritdoc />
    public bool TryDequeue(out Envelope envelope)
    {
        if (_prepended.TryPop(out envelope))
        {
            return true;
        }

        return TryDequeueQueued(out envelope);
    }

    private bool TryDequeueQueued(out Envelope envelope)
    {
        if (!_queue.TryDequeue(out var item))
        {
            envelope = default;
            return false;
        }

        if (item.Cost > 0)
        {
            Interlocked.Add(ref _use, -item.Cost);
        }

        if (item.Sender is { } sender)
        {
            Leave(sender);
        }

        envelope = item.Envelope;
        return true;
    }

    /// <summary>
    /// The actor has ended: what waits, and what still comes, are dead letters. A sender that found the mailbox a moment earlier
    /// may put a message into it after this. A queue that was merely emptied would keep that message for ever, and its sender
    /// would hear nothing.
    /// </summary>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        Interlocked.Exchange(ref _deadLetters, deadletters);
        while (TryDequeue(out var envelope))
        {
            deadletters.Enqueue(owner, envelope);
        }
    }

    private void Enqueue(Item item)
    {
        _queue.Enqueue(item);

        // Either the end sees this message, or this sees the end: neither may look before its own write is seen.
        Interlocked.MemoryBarrier();
        while (_deadLetters is { } deadLetters && TryDequeueQueued(out var late))
        {
            deadLetters.Enqueue(_owner, late);
        }
    }

    /// <summary>What a request takes, in bytes; null for what is none, or must come through.</summary>
    private static int? SizeOf(object message) => message switch
    {
        Shutdown => null,
        ForwardedRequest forwarded => SizeOf(forwarded.Request),
        Apply apply => SizeOfPayload(apply.Command) + apply.Extensions.Length + Model.LogEntry.Overhead,
        Read read => SizeOfPayload(read.Query) + Model.LogEntry.Overhead,
        RestoreBlock block => block.Bytes.Length + Model.LogEntry.Overhead,
        IRaftRequest => Model.LogEntry.Overhead,
        _ => null,
    };

    // An object of the user's is bytes only once it is encoded. One that is large counts as small: the number bounds it.
    private static int SizeOfPayload(object payload) => payload switch
    {
        byte[] bytes => bytes.Length,
        ReadOnlyMemory<byte> bytes => bytes.Length,
        EncodedPayload encoded => encoded.Length,
        _ => 0,
    };

    /// <summary>How many more requests there is room for, the fuller bound counting.</summary>
    private static long FreeOf(long maxCount, long count, long maxBytes, long bytes) =>
        Math.Min(maxCount - count, (long)((maxBytes - bytes) / (double)maxBytes * maxCount));

    private SenderUse? Enter(IActorRef client, long free)
    {
        var path = ProposalSender.Of(client);
        lock (_senders)
        {
            if (!_senders.TryGetValue(path, out var sender))
            {
                _senders[path] = sender = new SenderUse(path);
            }

            if (sender.Requests > 0 && sender.Requests >= ShareOfFree * free)
            {
                return null;
            }

            sender.Requests++;
            return sender;
        }
    }

    private void Leave(SenderUse sender)
    {
        lock (_senders)
        {
            if (--sender.Requests == 0)
            {
                _senders.Remove(sender.Path);
            }
        }
    }

    /// <param name="Envelope">The message.</param>
    /// <param name="Cost">What it counts for; 0 for what is not bounded.</param>
    /// <param name="Sender">Whose share it is of; null where nobody looked.</param>
    private readonly record struct Item(Envelope Envelope, long Cost, SenderUse? Sender);

    private sealed class SenderUse(ActorPath path)
    {
        public ActorPath Path => path;

        public int Requests { get; set; }
    }
}
