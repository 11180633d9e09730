using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Simulation.Journal;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Invariants;

/// <summary>
/// The rules that no step may break (figure 3.2 of the dissertation, and what the library promises beyond it). Each
/// violation names the two facts that clash. This half looks at nodes; the other at disks, messages and clients.
/// </summary>
internal sealed partial class RaftRules(SimulatedWorld world, List<SimulatedServer> servers, RaftSettings settings)
{
    // A world that is broken breaks in every step that follows: the first violations tell the story.
    private const int MaxViolations = 5;

    private readonly Dictionary<long, (ServerId Server, RaftNode Node)> _leaders = [];
    private readonly Dictionary<(long Index, long Term), (EntryIdentity Entry, long PreviousTerm, ServerId Server)> _entries = [];
    private readonly Dictionary<ServerId, Seen> _seen = [];
    private readonly CommittedLog _committed = new();

    public List<string> Violations { get; } = [];

    /// <summary>How many leaders there were.</summary>
    public int Elections => _leaders.Count;

    public long Committed => _committed.LastIndex;

    /// <summary>The committed entries that a snapshot of an index stands for.</summary>
    public IEnumerable<EntryIdentity> CommittedUpTo(long index) => _committed.UpTo(index);

    public void Report(string violation)
    {
        if (Violations.Count < MaxViolations)
        {
            Violations.Add($"at {world.Elapsed.TotalSeconds:F6} s: {violation}");
            world.Trace.Mix(Digest.Of(violation));
            if (world.Trace.KeepsText)
            {
                world.Trace.Line(world.Now, "RULES", violation);
            }
        }
    }

    /// <summary>Looks at a node after it handled a message.</summary>
    public void CheckStep(SimulatedServer server, Life life, RaftNode node)
    {
        var now = node.Observe();
        if (now.Role == RaftRole.Recovering)
        {
            return;
        }

        if (server.Disk.IsForeign)
        {
            CheckForeign(server, now);
            return;
        }

        if (now.BrokenSafety is { } broken)
        {
            Report($"{server.Id} finds the group's safety broken: {broken}");
            return;
        }

        var known = _seen.TryGetValue(server.Id, out var seen) && ReferenceEquals(seen.Node, node);
        var before = known ? seen.State : (NodeObservation?)null;
        if (before is null && !server.Disk.IsAheadOfItsReader)
        {
            CheckRecovered(server, now);
        }

        if (now.Log.LastIndex > 0 && now.Configuration.IsEmpty)
        {
            Report($"{server.Id} holds the log up to {now.Log.LastIndex} and knows no configuration");
        }

        CheckMonotone(server.Id, before, now);
        CheckNewEntries(server.Id, before?.Log, now.Log);
        CheckConfiguration(server.Id, before, now);
        if (!server.Disk.IsAheadOfItsReader)
        {
            CheckDurable(server, now);
        }

        CheckQueues(server.Id, now);
        CheckStamps(server.Id, life, before, now);
        if (now.Role == RaftRole.Leader)
        {
            CheckLeader(server.Id, node, before, now);
        }

        if (now.CommitIndex > (before?.CommitIndex ?? 0))
        {
            CheckCommit(server.Id, before, now);
        }

        if (world.Trace.KeepsText
            && (before is not { } old || old.Role != now.Role || old.Term != now.Term
                || old.CommitIndex != now.CommitIndex || old.Log.LastIndex != now.Log.LastIndex))
        {
            world.Trace.Line(
                world.Now,
                server.Id.Value,
                $"{now.Role} t{now.Term} vote {now.VotedFor} leader {now.LeaderId} last {now.Log.LastIndex}/{now.Log.LastTerm} "
                    + $"durable {now.DurableIndex} commit {now.CommitIndex} applied {now.LastApplied}");
        }

        _seen[server.Id] = new Seen(node, now);
    }

    /// <summary>
    /// A server with another group's data has no part in this one: nobody votes for it, and it takes nothing over.
    /// </summary>
    private void CheckForeign(SimulatedServer server, in NodeObservation now)
    {
        if (now.Role == RaftRole.Leader)
        {
            Report($"{server.Id} has another group's data and leads term {now.Term}");
        }

        if (now.CommitIndex > 0 || !now.LeaderId.IsNone)
        {
            Report($"{server.Id} has another group's data, follows {now.LeaderId} and takes {now.CommitIndex} for committed");
        }
    }

    /// <summary>A node that has read its journal has all that the journal holds.</summary>
    private void CheckRecovered(SimulatedServer server, in NodeObservation now)
    {
        var durable = server.Disk.Durable;
        if (now.Term < durable.Term)
        {
            Report($"{server.Id} came back in term {now.Term}, but its journal holds term {durable.Term}");
        }

        if (durable.LastIndex > 0 && now.Log.TermAt(durable.LastIndex) != durable.TermAt(durable.LastIndex))
        {
            Report(
                $"{server.Id} came back with {Place(now.Log, durable.LastIndex)}, but its journal holds "
                    + $"{durable.LastIndex}/{durable.TermAt(durable.LastIndex)}");
        }
    }

    /// <summary>
    /// A term, a commit index and what was applied never go back within a life; over lives, the journal's rules see to it.
    /// </summary>
    private void CheckMonotone(ServerId server, in NodeObservation? before, in NodeObservation now)
    {
        if (before is not { } old)
        {
            return;
        }

        if (now.Term < old.Term)
        {
            Report($"{server} was in term {old.Term} and is in term {now.Term}");
        }

        if (now.Term == old.Term && !old.VotedFor.IsNone && now.VotedFor != old.VotedFor)
        {
            Report($"{server} voted for {old.VotedFor} in term {now.Term} and now for {now.VotedFor}");
        }

        if (now.CommitIndex < old.CommitIndex || now.LastApplied < old.LastApplied)
        {
            Report(
                $"{server} had committed {old.CommitIndex} and applied {old.LastApplied}, and now {now.CommitIndex} and "
                    + $"{now.LastApplied}");
        }

        if (now.LastApplied > now.CommitIndex || now.CommitIndex > now.Log.LastIndex)
        {
            Report($"{server} has applied {now.LastApplied}, committed {now.CommitIndex} and holds {now.Log.LastIndex}");
        }
    }

    /// <summary>
    /// Log matching: the same index and term means the same entry, behind an entry of the same term, and so by induction the
    /// same log before it.
    /// </summary>
    private void CheckNewEntries(ServerId server, LogView? before, LogView now)
    {
        if (ReferenceEquals(before, now))
        {
            return;
        }

        // What is compacted away was looked at when it came.
        var lowest = Math.Max(now.BaseIndex, before?.BaseIndex ?? 0);
        var index = before is null ? lowest : Math.Max(lowest, Math.Min(before.LastIndex, now.LastIndex));
        while (before is not null && index > lowest && !ReferenceEquals(before[index], now[index]))
        {
            index--;
        }

        index = Math.Min(index, now.LastIndex);
        while (++index <= now.LastIndex)
        {
            var entry = now[index];
            var found = (EntryIdentity.Of(entry), now.TermAt(index - 1)!.Value, server);
            if (!_entries.TryAdd((index, entry.Term), found))
            {
                var first = _entries[(index, entry.Term)];
                if (first.Entry != found.Item1 || first.PreviousTerm != found.Item2)
                {
                    Report(
                        $"log matching: {server} holds {entry} behind term {found.Item2}, but {first.Server} held another one, "
                            + $"behind term {first.PreviousTerm}");
                }
            }
        }
    }

    /// <summary>What a node takes for durable is on its disk.</summary>
    private void CheckDurable(SimulatedServer server, in NodeObservation now)
    {
        var durable = server.Disk.Durable;
        if (now.DurableTerm > durable.Term)
        {
            Report($"{server.Id} takes term {now.DurableTerm} for durable, but its journal holds term {durable.Term}");
        }

        // Between a snapshot that replaces the log and its event in the journal, what is durable is what was committed before.
        if (now.DurableIndex < now.Log.BaseIndex)
        {
            return;
        }

        if (durable.TermAt(now.DurableIndex) is not { } term || term != now.Log.TermAt(now.DurableIndex))
        {
            Report(
                $"{server.Id} takes {Place(now.Log, now.DurableIndex)} for durable, but its journal holds term "
                    + $"{durable.TermAt(now.DurableIndex)} there and ends at {durable.LastIndex}");
        }
    }

    /// <summary>Election safety, leader completeness, leader append-only.</summary>
    private void CheckLeader(ServerId server, RaftNode node, in NodeObservation? before, in NodeObservation now)
    {
        if (!_leaders.TryGetValue(now.Term, out var leader))
        {
            _leaders[now.Term] = (server, node);
            world.Trace.Mix((ulong)now.Term);
            var committed = _committed.LastIndexCommittedBefore(now.Term);
            if (committed > now.Log.BaseIndex && now.Log.TermAt(committed) != _committed[committed].Term)
            {
                Report(
                    $"leader completeness: {server} leads term {now.Term} with {Place(now.Log, committed)}, but "
                        + $"{committed}/{_committed[committed].Term} was committed before");
            }
        }
        else if (!ReferenceEquals(leader.Node, node))
        {
            Report(
                $"election safety: {server} leads term {now.Term}, which {leader.Server} "
                    + $"{(leader.Server == server ? "led in an earlier life" : "leads")}");
        }

        if (before is { Role: RaftRole.Leader } old
            && old.Term == now.Term
            && now.Log.TermAt(old.Log.LastIndex) != old.Log.LastTerm)
        {
            Report(
                $"leader append-only: {server} leads term {now.Term} and held {old.Log.LastIndex}/{old.Log.LastTerm}, and now "
                    + $"holds {Place(now.Log, old.Log.LastIndex)}");
        }
    }

    /// <summary>
    /// An entry is committed by a leader, in its own term, once a majority holds it durably; and then it stands.
    /// </summary>
    private void CheckCommit(ServerId server, in NodeObservation? before, in NodeObservation now)
    {
        if (now.CommitIndex > _committed.LastIndex)
        {
            // A leader that has no vote any more commits that and steps down in one step.
            if (now.Role != RaftRole.Leader && before?.Role != RaftRole.Leader)
            {
                Report(
                    $"{server}, {now.Role} of term {now.Term}, takes {now.CommitIndex} for committed, but leaders have "
                        + $"committed up to {_committed.LastIndex}");
                return;
            }

            if (now.Log.TermAt(now.CommitIndex) != now.Term)
            {
                Report(
                    $"{server} leads term {now.Term} and commits {Place(now.Log, now.CommitIndex)}, which is not of its term, "
                        + $"by counting");
            }

            // A leader that promotes a server in the step in which it commits that server's arrival has counted by the
            // configuration before (seed 340001366).
            _committedBy = before is { Role: RaftRole.Leader } earlier
                && Holders(
                    now.CommitIndex, now.Log[now.CommitIndex].Term, earlier.Configuration) >= earlier.Configuration.QuorumSize
                ? earlier.Configuration
                : now.Configuration;
            CheckMajorityHolds(now.CommitIndex, now.Log[now.CommitIndex].Term, $"{server} commits it in term {now.Term}");
        }

        if (now.Log.BaseIndex > 0
            && now.Log.BaseIndex <= now.CommitIndex
            && _committed[now.Log.BaseIndex].Term != now.Log.BaseTerm)
        {
            Report(
                $"{server} has a log behind {now.Log.BaseIndex}/{now.Log.BaseTerm}, but "
                    + $"{now.Log.BaseIndex}/{_committed[now.Log.BaseIndex].Term} is committed there");
            return;
        }

        for (var index = Math.Max(before?.CommitIndex ?? 0, now.Log.BaseIndex) + 1; index <= now.CommitIndex; index++)
        {
            var entry = EntryIdentity.Of(now.Log[index]);
            if (index > _committed.LastIndex)
            {
                _committed.Add(entry, now.Term, world.Now);
                NoteConfiguration(now.Log[index]);
            }
            else if (_committed[index] != entry)
            {
                Report(
                    $"state machine safety: {server} takes {now.Log[index]} for committed, but "
                        + $"{index}/{_committed[index].Term} was committed there before");
                return;
            }
        }
    }

    /// <summary>What was committed lies on the disks of a majority, whatever happened.</summary>
    public void CheckCommittedIsHeld(string after)
    {
        if (_committed.LastIndex > 0)
        {
            CheckMajorityHolds(_committed.LastIndex, _committed[_committed.LastIndex].Term, $"it was committed, before {after}");
        }
    }

    private void CheckMajorityHolds(long index, long term, string why)
    {
        var holders = Holders(index, term, _committedBy);
        if (holders < _committedBy.QuorumSize)
        {
            Report(
                $"entry {index}/{term} is on the disks of {holders} voters of {_committedBy.Voters.Length} ({_committedBy}), "
                    + $"but {why}");
        }
    }

    /// <summary>
    /// How many voters of a configuration, leaving one out, have an entry on their disks. A voter is a server with its
    /// journal: a disk that was lost held what it held, and the one in its place counts for nothing.
    /// </summary>
    private int Holders(long index, long term, Configuration configuration, SimulatedServer? without = null) =>
        servers.Count(server => server != without && DiskOf(server, configuration)?.Durable.TermAt(index) == term);

    private static Journal.SimulatedDisk? DiskOf(SimulatedServer server, Configuration configuration) =>
        configuration.Find(server.Id) is { Suffrage: Suffrage.Voter } voter ? server.DiskOf(voter.Journal) : null;

    private static string Place(LogView log, long index) =>
        log.TermAt(index) is { } term ? $"{index}/{term}" : $"nothing at {index}";

    private readonly record struct Seen(RaftNode Node, NodeObservation State);
}
