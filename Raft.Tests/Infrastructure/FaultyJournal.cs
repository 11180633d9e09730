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
    Reject,
    Hang,
}

/// <summary>
/// A journal in memory that a test can make fail, reject or hang. What it holds outlives the node, as a disk would.
/// </summary>
public sealed class FaultyJournal : MemoryJournal
{
    private readonly Control _control;

    public FaultyJournal(Config config)
    {
        _control = Control.Of(Context.System, config.GetString("control"));
    }

    protected override async Task<IImmutableList<Exception?>?> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var writes = messages.ToArray();
        switch (_control.Fault)
        {
            case JournalFault.Fail:
                throw new IOException("the test's disk fails");
            case JournalFault.Reject:
                return writes.Select(Exception? (_) => new NotSupportedException("the test's journal rejects")).ToImmutableList();
            case JournalFault.Hang:
                await _control.Healed.Task.WaitAsync(cancellationToken);
                break;
        }

        _control.CountWrite();
        return await base.WriteMessagesAsync(writes, cancellationToken);
    }

    /// <summary>What a test holds of one journal.</summary>
    public sealed class Control
    {
        private static readonly ConcurrentDictionary<(ActorSystem, string), Control> Controls = new();
        private int _writes;

        public JournalFault Fault { get; private set; }

        public TaskCompletionSource Healed { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>How many batches were written.</summary>
        public int Writes => Volatile.Read(ref _writes);

        public static Control Of(ActorSystem system, string name) => Controls.GetOrAdd((system, name), static _ => new Control());

        /// <summary>The configuration of a plugin of its own for one server.</summary>
        public static string PluginConfig(string name) => $$"""
            test-journal.{{name}} {
              class = "{{typeof(FaultyJournal).AssemblyQualifiedName}}"
              plugin-dispatcher = "akka.actor.default-dispatcher"
              control = "{{name}}"
            }
            """;

        public void Break(JournalFault fault) => Fault = fault;

        public void Heal()
        {
            Fault = JournalFault.None;
            Healed.TrySetResult();
            Healed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        public void CountWrite() => Interlocked.Increment(ref _writes);
    }
}
