using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;
using Raft.Simulation.Registers;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Invariants;

/// <summary>The rules for what leaves a node: to its disk, to its peers, to its state machine and to clients.</summary>
internal sealed partial class RaftRules
{
    private readonly Dictionary<Life, long> _applied = [];
    private readonly Dictionary<long, long> _indexOfCommand = [];
    private readonly HashSet<long> _notDone = [];
    private readonly List<long> _appliedIndexes = [];

    /// <summary>
    /// A term on disk never falls, a vote in it is never changed, and what is committed is not replaced where it counts.
    /// </summary>
    public void CheckBecomesDurable(SimulatedServer server, IJournalEvent change)
    {
        var durable = server.Disk.Durable;
        if (change is HardStateChanged hardState)
        {
            if (hardState.Term < durable.Term)
            {
                Report($"{server.Id} writes term {hardState.Term} behind term {durable.Term}");
            }

            var vote = durable.VoteIn(hardState.Term);
            if (!vote.IsNone && vote != hardState.VotedFor)
            {
                Report(
                    $"{server.Id} writes a vote for {hardState.VotedFor} in term {hardState.Term}, in which it voted for {vote}");
            }
        }
        else if (change is EntriesAppended appended)
        {
            if (appended.FirstIndex > durable.LastIndex + 1)
            {
                Report($"{server.Id} writes entries from {appended.FirstIndex} on, but its log ends at {durable.LastIndex}");
            }

            CheckReplaced(server, appended, Math.Min(durable.LastIndex, _committed.LastIndex), durable);
        }
        else if (change is SnapshotCompleted completed)
        {
            CheckCompleted(server, completed);
        }
    }

    /// <summary>
    /// What is committed may be replaced only where it does not count: a disk that hangs writes in the end what was decided
    /// long ago, an entry and what took its place under a later leader, and meanwhile a still later one may have committed
    /// the entry with the help of others (seed 8865039).
    /// </summary>
    private void CheckReplaced(SimulatedServer server, EntriesAppended appended, long end, Journal.DurableLog durable)
    {
        for (var index = appended.FirstIndex; index <= end; index++)
        {
            var isKept = index <= appended.LastIndex
                && appended.Entries[(int)(index - appended.FirstIndex)].Term == durable[index].Term;
            if (!isKept
                && durable[index] == _committed[index]
                && Holders(index, durable[index].Term, _committedBy, server) < _committedBy.QuorumSize)
            {
                Report(
                    $"{server.Id} replaces {index}/{durable[index].Term} on its disk from {appended.FirstIndex} on, but it is "
                        + $"committed");
                return;
            }
        }
    }

    /// <summary>Nothing that asserts durability is said before it is true.</summary>
    public void CheckSaid(SimulatedServer server, IPeerMessage message, string? asker)
    {
        if (server.Disk.IsForeign)
        {
            return;
        }

        var durable = server.Disk.Durable;
        var term = message.Header.Term;
        switch (message)
        {
            case RequestVote when durable.VoteIn(term) != server.Id:
                Report(
                    $"{server.Id} asks for votes in term {term}, but its journal holds its vote for {durable.VoteIn(term)} "
                        + $"there");
                break;
            case VoteResponse { Granted: true } when durable.VoteIn(term) != message.Header.To:
                Report(
                    $"{server.Id} grants {message.Header.To} its vote in term {term}, but its journal holds its vote for "
                        + $"{durable.VoteIn(term)} there");
                break;
            case AppendEntriesResponse { Success: true } response:
                if (durable.Term < term)
                {
                    Report($"{server.Id} confirms entries in term {term}, but its journal holds term {durable.Term}");
                }

                CheckConfirmed(server, response.Header.To, response.MatchIndex, term);
                break;
            case AppendEntries or Heartbeat when _leaders.GetValueOrDefault(term).Server != server.Id:
                Report($"{server.Id} speaks as the leader of term {term}, which {_leaders.GetValueOrDefault(term).Server} leads");
                break;
            case HeartbeatResponse when durable.Term < term && asker?.EndsWith($"-{term}", StringComparison.Ordinal) == true:
                Report($"{server.Id} follows in term {term}, but its journal holds term {durable.Term}");
                break;
        }
    }

    /// <summary>What a follower confirms lies on its disk as its leader has it.</summary>
    private void CheckConfirmed(SimulatedServer server, ServerId leader, long matchIndex, long term)
    {
        if (server.Disk.IsAheadOfItsReader)
        {
            // It speaks for what it read: as it did before the message came that the late write is of (docs/testing.md).
            return;
        }

        var onDisk = server.Disk.Durable.TermAt(matchIndex);
        if (onDisk is null)
        {
            Report($"{server.Id} confirms entry {matchIndex}, but its journal ends at {server.Disk.Durable.LastIndex}");
        }
        else if (_seen.TryGetValue(leader, out var seen)
            && seen.State is { Role: RaftRole.Leader } state
            && state.Term == term
            && matchIndex >= state.Log.BaseIndex
            && state.Log.TermAt(matchIndex) != onDisk)
        {
            Report($"{server.Id} confirms {matchIndex}/{onDisk} to {leader}, which holds {Place(state.Log, matchIndex)}");
        }
    }

    /// <summary>A fresh state machine begins with the first entry.</summary>
    public void StateMachineBegins(Life life) => _applied[life] = 0;

    /// <summary>
    /// State machine safety: committed commands only, the same at each index on all servers, each once, in order.
    /// </summary>
    public void CheckApplied(SimulatedServer server, Life life, in Command command)
    {
        if (command.Index <= _applied[life])
        {
            Report($"{server.Id} applies entry {command.Index} after entry {_applied[life]}");
        }

        CheckSameCommands(server, _applied[life], command.Index);
        _applied[life] = command.Index;
        if (command.Index > _committed.LastIndex)
        {
            Report(
                $"{server.Id} applies entry {command.Index}/{command.Term}, but leaders have committed up to "
                    + $"{_committed.LastIndex}");
            return;
        }

        if (_committed[command.Index].Term != command.Term)
        {
            Report(
                $"state machine safety: {server.Id} applies {command.Index}/{command.Term}, but "
                    + $"{command.Index}/{_committed[command.Index].Term} is committed");
        }

        var id = RegisterCommand.Parse(command.Bytes.Span).Id;
        if (!_indexOfCommand.TryAdd(id, command.Index) && _indexOfCommand[id] != command.Index)
        {
            Report(
                $"{server.Id} applies command {id} at entry {command.Index}, but it was applied at entry {_indexOfCommand[id]}");
        }

        if (_notDone.Contains(id))
        {
            Report(
                $"{server.Id} applies command {id} at entry {command.Index}, but its client was told that it is certainly not "
                    + $"done");
        }
    }

    /// <summary>
    /// Which commands are applied and which are not (those of sessions, a second time) is the same on every server.
    /// </summary>
    private void CheckSameCommands(SimulatedServer server, long last, long index)
    {
        var place = _appliedIndexes.BinarySearch(last + 1);
        place = place < 0 ? ~place : place;
        if (place == _appliedIndexes.Count)
        {
            _appliedIndexes.Add(index);
        }
        else if (_appliedIndexes[place] != index)
        {
            Report(
                $"{server.Id} applies entry {index} next behind entry {last}, but another server applied entry "
                    + $"{_appliedIndexes[place]}");
        }
    }

    public bool WasApplied(Operation operation) => _indexOfCommand.ContainsKey(operation.Id);

    /// <summary>What a client is told to be applied is committed, and is its own command.</summary>
    public void CheckAcknowledged(Operation operation, long index, long term)
    {
        if (index > _committed.LastIndex || _committed[index].Term != term)
        {
            var committed = index > _committed.LastIndex
                ? $"leaders have committed up to {_committed.LastIndex}"
                : $"{index}/{_committed[index].Term} is committed";
            Report($"{operation} was acknowledged as entry {index}/{term}, but {committed}");
        }
        else if (!_indexOfCommand.TryGetValue(operation.Id, out var applied) || applied != index)
        {
            Report($"{operation} was acknowledged as entry {index}, but was applied at {applied}");
        }
    }

    /// <summary>
    /// An answer of bounded staleness shows all that was committed so long before the server answered as it says, by the
    /// server's clock; and it answered after the question came.
    /// </summary>
    public void CheckStaleness(ReadResult result, TimeSpan bound, Arrival arrival)
    {
        if (result.Staleness is not { } staleness || staleness > bound || staleness < TimeSpan.Zero)
        {
            Report(
                $"a read that may be {bound.TotalMilliseconds} ms behind was answered with a staleness of "
                    + $"{result.Staleness?.TotalMilliseconds} ms");
            return;
        }

        var shown = _committed.LastIndexAt(arrival.Time - (staleness / arrival.ClockRate).Ticks);
        if (result.Index < shown)
        {
            Report(
                $"staleness: a read that came at {new TimeSpan(arrival.Time).TotalSeconds:F6} s was answered from entry "
                    + $"{result.Index} as at most {staleness.TotalMilliseconds:F3} ms behind, but entry {shown} was committed "
                    + $"before that");
        }
    }

    /// <summary>What is certainly not done was not applied, and will not be.</summary>
    public void CheckNotDone(Operation operation)
    {
        _notDone.Add(operation.Id);
        if (_indexOfCommand.TryGetValue(operation.Id, out var index))
        {
            Report($"{operation} was told to be certainly not done, but it was applied at entry {index}");
        }
    }
}
