using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Raft.Tests.Infrastructure;

/// <summary>What a journal does with the writes that come.</summary>
public enum JournalFault
{
    None,
    Fail,

    /// <summary>Writes, and says that it failed: the outcome that a writer must always reckon with.</summary>
    FailAfterWrite,
    Reject,
    Hang,
}

/// <summary>
/// A journal in memory that a test can make fail, reject or hang. What it holds outlives the node, as a disk would.
/// Like the SQL journals it reads nothing while a write is on its way.
/// </summary>
public sealed class FaultyJournal : MemoryJournal
{
    private readonly Control _control;
    private volatile Task _writing = Task.CompletedTask;

    public FaultyJournal(Config config)
    {
        _control = Control.Of(Context.System, config.GetString("control"));
    }

    public override async Task<long> ReadHighestSequenceNrAsync(
        string persistenceId, long fromSequenceNr, CancellationToken cancellationToken)
    {
        await _writing;
        return await base.ReadHighestSequenceNrAsync(persistenceId, fromSequenceNr, cancellationToken);
    }

    public override async Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback)
    {
        await _writing;
        _control.CountRead();
        var read = _control.OnRead;
        await base.ReplayMessagesAsync(context, persistenceId, fromSequenceNr, toSequenceNr, max, row =>
        {
            if (read is null)
            {
                recoveryCallback(row);
            }
            else if (read(row.Payload) is { } payload)
            {
                recoveryCallback(row.WithPayload(payload));
            }
        });
    }

    protected override Task<IImmutableList<Exception?>?> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var write = Write([.. messages]);
        _writing = write.ContinueWith(
            static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return write;

        async Task<IImmutableList<Exception?>?> Write(AtomicWrite[] writes)
        {
            var (fault, healed) = _control.State;
            switch (fault)
            {
                case JournalFault.Fail:
                    throw new IOException("the test's disk fails");
                case JournalFault.FailAfterWrite:
                    _control.CountWrite();
                    await base.WriteMessagesAsync(writes, cancellationToken);
                    throw new IOException("the test's disk fails after writing");
                case JournalFault.Reject:
                    return writes.Select(
                        Exception? (_) => new NotSupportedException("the test's journal rejects")).ToImmutableList();
                case JournalFault.Hang:
                    await healed.Task;
                    break;
            }

            if (_control.WriteTime > TimeSpan.Zero)
            {
                await Task.Delay(_control.WriteTime, cancellationToken);
            }

            _control.CountWrite();
            _control.HasIdentity |= writes.Any(static write =>
                ((IImmutableList<IPersistentRepresentation>)write.Payload)
                    .Any(static row => row.Payload is Raft.Actors.Model.JournalIdentified));
            return await base.WriteMessagesAsync(writes, cancellationToken);
        }
    }

    /// <summary>What a test holds of one journal.</summary>
    public sealed class Control
    {
        private static readonly ConcurrentDictionary<(ActorSystem, string), Control> Controls = new();
        private readonly Lock _lock = new();
        private readonly ConcurrentQueue<TimeSpan> _reads = new();
        private (JournalFault Fault, TaskCompletionSource Healed) _state = (JournalFault.None, NewSource());
        private int _writes;

        public JournalFault Fault => State.Fault;

        /// <summary>Whether the event was written that only versions with identities read.</summary>
        public bool HasIdentity { get; internal set; }

        /// <summary>How many batches were written.</summary>
        public int Writes => Volatile.Read(ref _writes);

        /// <summary>How long each write takes: a slow disk.</summary>
        public TimeSpan WriteTime { get; set; }

        /// <summary>When the journal was read, since the system started.</summary>
        public ImmutableArray<TimeSpan> Reads => [.. _reads];

        /// <summary>
        /// What recovery gets to see of an event: something else, nothing (null: the event is lost), or an exception.
        /// </summary>
        public Func<object, object?>? OnRead { get; set; }

        internal (JournalFault Fault, TaskCompletionSource Healed) State
        {
            get
            {
                lock (_lock)
                {
                    return _state;
                }
            }
        }

        public static Control Of(ActorSystem system, string name) => Controls.GetOrAdd((system, name), static _ => new Control());

        /// <summary>The configuration of a plugin of its own for one server.</summary>
        public static string PluginConfig(string name) => $$"""
            test-journal.{{name}} {
              class = "{{typeof(FaultyJournal).AssemblyQualifiedName}}"
              plugin-dispatcher = "akka.actor.default-dispatcher"
              control = "{{name}}"
            }
            """;

        public void Break(JournalFault fault)
        {
            lock (_lock)
            {
                _state = (fault, _state.Healed);
            }
        }

        public void Heal()
        {
            TaskCompletionSource healed;
            lock (_lock)
            {
                healed = _state.Healed;
                _state = (JournalFault.None, NewSource());
            }

            healed.TrySetResult();
        }

        internal void CountWrite() => Interlocked.Increment(ref _writes);

        internal void CountRead() => _reads.Enqueue(TimeSpan.FromMilliseconds(Environment.TickCount64));

        private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
