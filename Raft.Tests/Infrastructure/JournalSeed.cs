using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence;
using Raft.Actors.Model;

namespace Raft.Tests.Infrastructure;

/// <summary>Writes events into a server's journal before the server starts, as an earlier life of it would have.</summary>
internal sealed class JournalSeed : UntypedPersistentActor
{
    private int _left;

    public JournalSeed(string persistenceId, string journalPluginId)
    {
        PersistenceId = persistenceId;
        JournalPluginId = journalPluginId;
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery => Recovery.None;

    protected override void OnRecover(object message)
    {
    }

    protected override void OnCommand(object message)
    {
        if (message is not ImmutableArray<IJournalEvent> events)
        {
            Unhandled(message);
            return;
        }

        var sender = Sender;
        _left = events.Length;
        PersistAllAsync(events, _ =>
        {
            if (--_left == 0)
            {
                sender.Tell(Done.Instance);
            }
        });
    }

    public sealed record Done
    {
        public static readonly Done Instance = new();
    }
}
