using Raft.Actors.Model;
using Raft.Actors.Snapshots;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Invariants;

/// <summary>
/// The rules for snapshots: they hold what is committed, and whoever restores one has the state that others had at its index.
/// </summary>
internal sealed partial class RaftRules
{
    // By the last command and the last restore by hand.
    private readonly Dictionary<(long Index, long Restored), (ulong Digest, string Server)> _states = new()
    {
        [(0, 0)] = (Digest.Start, "a fresh state machine"),
    };
    private readonly Dictionary<long, long> _replacedBehind = [];

    /// <summary>How many snapshots were taken or installed.</summary>
    public int Snapshots { get; private set; }

    /// <summary>How many of them came from a leader and replaced the log.</summary>
    public int Installed { get; private set; }

    /// <summary>A snapshot counts: all of it is in the store, and it ends with a committed entry.</summary>
    private void CheckCompleted(SimulatedServer server, SnapshotCompleted completed)
    {
        var durable = server.Disk.Durable;
        var newest = completed.Newest;
        Snapshots++;
        Installed += completed.DiscardsLog ? 1 : 0;
        var vote = durable.VoteIn(completed.Term);
        if (completed.Term < durable.Term || (completed.Term == durable.Term && !vote.IsNone && completed.VotedFor != vote))
        {
            Report(
                $"{server.Id} writes a snapshot in term {completed.Term} with its vote for {completed.VotedFor}, but is in "
                    + $"term {durable.Term} with its vote for {durable.VoteIn(completed.Term)}");
        }

        if (newest.Index > _committed.LastIndex || _committed[newest.Index].Term != newest.Content.Term)
        {
            Report($"{server.Id} has a snapshot of {newest.Index}/{newest.Content.Term}, but that is not committed");
            return;
        }

        if (completed.DiscardsLog == (durable.TermAt(newest.Index) == newest.Content.Term))
        {
            Report(
                $"{server.Id} has {newest.Index}/{durable.TermAt(newest.Index)} and a snapshot of "
                    + $"{newest.Index}/{newest.Content.Term}, and {(completed.DiscardsLog ? "discards" : "keeps")} its log");
        }

        if (!newest.Content.Configuration.Equals(ConfigurationAt(newest.Index)))
        {
            Report(
                $"{server.Id} has a snapshot of {newest.Index} with the configuration {newest.Content.Configuration}, but "
                    + $"{ConfigurationAt(newest.Index)} is committed there");
        }

        for (var chunk = 1; chunk <= newest.Chunks; chunk++)
        {
            var sequenceNr = SnapshotKeys.SequenceNr(newest.Number, chunk);
            if (server.Disk.Snapshots.FindAtOrBelow(sequenceNr)?.SequenceNr != sequenceNr && !server.Disk.Snapshots.WasDamaged)
            {
                Report(
                    $"{server.Id} takes its snapshot {newest.Number} for complete, but chunk {chunk} of {newest.Chunks} is not "
                        + $"in the store");
                return;
            }
        }
    }

    /// <summary>How often a state was replaced by hand.</summary>
    public int Replacements => _replacedBehind.Count;

    /// <summary>The state behind each command is the same on all servers.</summary>
    public void CheckState(SimulatedServer server, long index, long restored, ulong digest)
    {
        if (!_states.TryAdd((index, restored), (digest, server.Id.Value)) && _states[(index, restored)].Digest != digest)
        {
            Report($"{server.Id} has another state behind entry {index} than {_states[(index, restored)].Server}");
        }
    }

    /// <summary>A state that was restored is the one behind its last command, and is not older than what was there.</summary>
    public void CheckRestored(SimulatedServer server, Life life, long index, long restored, ulong digest)
    {
        if (index < _applied[life])
        {
            Report($"{server.Id} goes back from entry {_applied[life]} to a state of entry {index}");
        }

        if (!_states.TryGetValue((index, restored), out var state))
        {
            Report($"{server.Id} restores a state of entry {index} and of restore {restored}, which nobody had");
        }
        else if (state.Digest != digest)
        {
            Report($"{server.Id} restores another state of entry {index} than {state.Server} had");
        }

        _applied[life] = index;
    }

    /// <summary>
    /// A state that a client made up replaces all servers' at one place between the commands, and only if the client was not
    /// told otherwise.
    /// </summary>
    public void CheckReplaced(
        SimulatedServer server, long index, long restored, IReadOnlyDictionary<int, long> registers, ulong digest)
    {
        if (!_replacedBehind.TryAdd(restored, index) && _replacedBehind[restored] != index)
        {
            Report(
                $"{server.Id} takes the state of restore {restored} behind entry {index}, but another server behind entry "
                    + $"{_replacedBehind[restored]}");
        }

        if (registers.Values.FirstOrDefault(_notDone.Contains) is > 0 and var operation)
        {
            Report(
                $"{server.Id} takes the state of restore {restored}, but its client was told that it is certainly not done "
                    + $"(operation {operation})");
        }

        CheckState(server, index, restored, digest);
    }

    /// <summary>Who is told that a state was replaced is told the entry that did it.</summary>
    public void CheckRestoredByHand(long index, long term)
    {
        if (index > _committed.LastIndex || _committed[index].Term != term)
        {
            Report($"a restore was acknowledged as entry {index}/{term}, which is not committed");
        }
    }
}
