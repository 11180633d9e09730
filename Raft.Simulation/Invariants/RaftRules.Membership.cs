using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Simulation.Journal;

namespace Raft.Simulation.Invariants;

/// <summary>The rules for configurations (dissertation, chapter 4).</summary>
internal sealed partial class RaftRules
{
    private readonly Dictionary<ServerId, LogEntry> _inForce = [];
    private readonly List<(long Index, Configuration Configuration)> _configurations = [];
    private readonly Dictionary<long, Configuration> _toldAhead = [];
    private Configuration _committedBy = Configuration.Empty;

    /// <summary>The latest configuration that the group has committed.</summary>
    public Configuration Configuration { get; private set; } = Configuration.Empty;

    /// <summary>The index of its entry.</summary>
    public long ConfigurationIndex { get; private set; }

    /// <summary>
    /// What an operator is told to be changed is committed. A leader that crashes in the very step in which it commits and
    /// tells it is the only one that knew (seed 1730521742): then a quorum holds the entry, and what is committed there later
    /// is what was told.
    /// </summary>
    public void CheckChanged(ConfigurationChanged changed)
    {
        if (changed.Index > _committed.LastIndex)
        {
            CheckHeldByQuorum(changed);
            _toldAhead[changed.Index] = changed.Configuration;
        }
        else if (!ConfigurationCommittedAt(changed.Index).Equals(changed.Configuration))
        {
            ReportNotCommitted(changed.Index, changed.Configuration);
        }
    }

    private void CheckHeldByQuorum(ConfigurationChanged changed)
    {
        var holders = servers
            .Select(server => DiskOf(server, changed.Configuration)?.Durable)
            .OfType<DurableLog>()
            .Where(log => log.LastIndex >= changed.Index)
            .GroupBy(log => log[changed.Index], static (_, same) => same.Count())
            .DefaultIfEmpty(0)
            .Max();
        if (holders < changed.Configuration.QuorumSize)
        {
            Report(
                $"an operator was told that entry {changed.Index} is the configuration {changed.Configuration}, but it is on "
                    + $"the disks of {holders} of its voters");
        }
    }

    private void ReportNotCommitted(long index, Configuration told) =>
        Report(
            $"an operator was told that entry {index} is the configuration {told}, but "
                + $"{(ConfigurationCommittedAt(index) is { IsEmpty: false } other ? $"{other} is" : "none is")} committed there");

    private Configuration ConfigurationCommittedAt(long index) =>
        _configurations.Find(known => known.Index == index).Configuration ?? Configuration.Empty;

    /// <summary>A pledge is the vote in term 1, on the disk; there is one.</summary>
    public void CheckPledged(BootstrapPledged pledged)
    {
        // The disk that it is on may have been lost while the answer was on its way (seed 430000009).
        var server = servers.Find(known => known.Id == pledged.ServerId)!;
        if (!server.AllDisks.Any(disk => disk.Durable.VoteIn(1) == pledged.Coordinator))
        {
            var vote = server.Disk.Durable.VoteIn(1);
            Report(
                $"server {pledged.ServerId} says that it has pledged itself to {pledged.Coordinator}, but its disk says "
                    + $"{(vote.IsNone ? "nobody" : vote)}");
        }
    }

    private void NoteConfiguration(LogEntry entry)
    {
        if (entry.Kind == EntryKind.Configuration)
        {
            (Configuration, ConfigurationIndex) = (ConfigurationCodec.Decode(entry.Data), entry.Index);
            _configurations.Add((ConfigurationIndex, Configuration));
        }

        if (_toldAhead.TryGetValue(entry.Index, out var told) && !ConfigurationCommittedAt(entry.Index).Equals(told))
        {
            ReportNotCommitted(entry.Index, told);
        }
    }

    /// <summary>
    /// The latest configuration in a node's log is the one in force there, committed or not, and no other after a truncation.
    /// A leader appends one only when the one before is committed, and after it has committed an entry of its own term; and
    /// it changes one vote at most.
    /// </summary>
    private void CheckConfiguration(ServerId server, in NodeObservation? before, in NodeObservation now)
    {
        var log = now.Log;
        if (before is { } old && ReferenceEquals(old.Log, log))
        {
            return;
        }

        var latest = Latest(server, log);
        if (latest is null)
        {
            CheckCompactedConfiguration(server, now);
            return;
        }

        var configuration = ConfigurationCodec.Decode(latest.Data);
        if (!configuration.Equals(now.Configuration))
        {
            Report(
                $"{server} goes by the configuration {now.Configuration}, but the latest one in its log is that of {latest}: "
                    + $"{configuration}");
        }

        if (now.Role == RaftRole.Leader
            && before is { Role: RaftRole.Leader } leader
            && leader.Term == now.Term
            && latest.Index > leader.Log.LastIndex)
        {
            CheckAppended(server, leader, now, latest, configuration);
        }
    }

    /// <summary>Where the log has no configuration any more, that of the snapshot is in force.</summary>
    private void CheckCompactedConfiguration(ServerId server, in NodeObservation now)
    {
        if (now.Log.BaseIndex > 0 && !now.Configuration.Equals(ConfigurationAt(now.Log.BaseIndex)))
        {
            Report(
                $"{server} goes by the configuration {now.Configuration}, but {ConfigurationAt(now.Log.BaseIndex)} is "
                    + $"committed up to {now.Log.BaseIndex}, where its log begins");
        }
    }

    private Configuration ConfigurationAt(long index) =>
        _configurations.FindLast(known => known.Index <= index).Configuration ?? Configuration.Empty;

    private void CheckAppended(
        ServerId server, in NodeObservation leader, in NodeObservation now, LogEntry latest, Configuration configuration)
    {
        var log = now.Log;
        if (LatestBelow(log, latest.Index) is { } previous)
        {
            // The one before may have been committed in this very step.
            if (previous.Index > now.CommitIndex)
            {
                Report(
                    $"{server} changes the configuration in {latest}, but the change of {previous} is not committed (it has "
                        + $"committed {now.CommitIndex})");
            }

            var votes = ConfigurationCodec.Decode(previous.Data).Voters;
            if (votes.Except(configuration.Voters).Count() + configuration.Voters.Except(votes).Count() > 1)
            {
                Report(
                    $"{server} changes more than one vote in {latest}: {ConfigurationCodec.Decode(previous.Data)} becomes "
                        + $"{configuration}");
            }
        }

        if (leader.CommitIndex >= log.BaseIndex && log.TermAt(leader.CommitIndex) != leader.Term)
        {
            Report(
                $"{server} changes the configuration in {latest}, but has committed no entry of term {leader.Term} yet (only "
                    + $"{Place(log, leader.CommitIndex)})");
        }
    }

    /// <summary>
    /// The latest configuration in a log; the one found last time where it is still there and nothing later is.
    /// </summary>
    private LogEntry? Latest(ServerId server, LogView log)
    {
        var known = _inForce.GetValueOrDefault(server);
        var isThere = known is not null
            && known.Index >= log.FirstIndex
            && known.Index <= log.LastIndex
            && ReferenceEquals(log[known.Index], known);
        var found = LatestBelow(log, log.LastIndex + 1, isThere ? known!.Index : log.FirstIndex);
        if (found is not null)
        {
            _inForce[server] = found;
        }

        return found;
    }

    private static LogEntry? LatestBelow(LogView log, long index, long from = 0)
    {
        for (var at = index - 1; at >= Math.Max(from, log.FirstIndex); at--)
        {
            if (log[at].Kind == EntryKind.Configuration)
            {
                return log[at];
            }
        }

        return null;
    }
}
