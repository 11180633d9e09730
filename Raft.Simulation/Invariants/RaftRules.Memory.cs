using Raft.Actors.Model;
using Raft.Actors.Node;

namespace Raft.Simulation.Invariants;

/// <summary>No flood of requests, no slow disk and no lost answer makes a node hold more than its settings allow.</summary>
internal sealed partial class RaftRules
{
    // For each event that waits, and for those who came after the last: the term that becomes durable, a vote and its copy, the
    // candidate's own requests, a heartbeat, and a confirmation for each of the two writes.
    private const int ActionsPerEvent = 8;

    // What followers commit while the leader's own disk is slow leaves the intake and still waits here: as much as comes in
    // raft.journal.stall-timeout, behind which the leader steps down (seed 7100122). No simulated client sends so much.
    private const int EntriesAheadOfDisk = 1000;

    // Of an entry in a simulation, with what limits count beside its data.
    private const int MaxEntryBytes = 400;

    private void CheckQueues(ServerId server, in NodeObservation now)
    {
        var journal = now.Queues.Journal;
        var (intake, replication) = (settings.Intake, settings.Replication);

        // What a leader takes in, or what leaders send before they have to wait for an answer: one leader for each term that
        // waits.
        var entries = Math.Max(
            intake.MaxCommandsInFlight + 4L,
            (replication.MaxMessagesInFlight + 1L) * replication.MaxEntriesPerMessage) * (journal.Others + 2);
        if (settings.Snapshots.AreOn && now.HasState)
        {
            // Until it has its state, a node that starts keeps all that its journal held, for an older snapshot may have to
            // serve. After it, it lets go (seed 330003659). What one message brings when there was room, and the entries that
            // leaders append unasked; and as much again of what is not committed yet, for only what follows it can commit it.
            CheckBound(
                server,
                "bytes of its log",
                now.Queues.LogBytes,
                (2 * settings.Snapshots.LogBound) + ((replication.MaxEntriesPerMessage + 50L) * MaxEntryBytes));
        }

        CheckBound(server, "commands in flight", now.InFlight, intake.MaxCommandsInFlight);
        CheckBound(server, "commands that wait", now.Queues.CommandsWaiting, intake.MaxCommandsWaiting);
        CheckBound(server, "reads that wait", now.Queues.ReadsWaiting, intake.MaxReadsWaiting);
        CheckBound(server, "entries for its journal", journal.Entries, Math.Max(entries, EntriesAheadOfDisk));
        CheckBound(server, "answers that wait for its journal", journal.Actions, ActionsPerEvent * (journal.Others + 1L));
    }

    private void CheckBound(ServerId server, string what, long count, long bound)
    {
        if (count > bound)
        {
            Report($"unbounded memory: {server} holds {count} {what}, where its settings allow {bound}");
        }
    }
}
