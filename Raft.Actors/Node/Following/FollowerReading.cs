using System.Collections.Immutable;
using Raft.Actors.Applying;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Following;

/// <summary>
/// Reads on a server that does not lead (dissertation 6.4). A read waits for the leader's read index, and then until this
/// server has committed that much. A read of bounded staleness is answered at once where this server knows that it is fresh
/// enough.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="state">Answers queries.</param>
/// <param name="version">Whether it may.</param>
/// <param name="faults">Whether it can.</param>
/// <param name="firstSequence">
/// Where the numbers of questions begin. Who does not know the number of a question cannot answer it.
/// </param>
internal sealed class FollowerReading(
    INodeContext node, OwnState state, VersionSupport version, MachineFaults faults, long firstSequence)
{
    private readonly FollowerReads<PendingRead> _reads = new(firstSequence);

    /// <summary>How many reads wait.</summary>
    public int Count => _reads.Count;

    private TimeSpan? Staleness => _reads.FreshAsOf is { } fresh ? node.Now - fresh : null;

    private bool HasLeader => node.Configuration.Contains(node.LeaderId);

    /// <summary>Whether a server that does not lead answers reads of a kind itself.</summary>
    public static bool Answers(ReadConsistency consistency) =>
        consistency is ReadConsistency.Stale or ReadConsistency.Follower or ReadConsistency.Bounded;

    /// <summary>Handles the leader's answer, and the time to ask again.</summary>
    /// <returns>False where the message is about something else.</returns>
    public bool Handle(object message)
    {
        switch (message)
        {
            case ReadIndexResponse answer:
                OnReadIndexResponse(answer);
                return true;
            case NodeTick.Reads:
                OnTick();
                return true;
            default:
                return false;
        }
    }

    /// <summary>A read that this server answers though it may not lead.</summary>
    public void OnRead(Read read)
    {
        if (node.NotServing is { } reason)
        {
            // At once: how long it takes to get the state nobody knows, and another server can answer.
            node.Tell(node.Sender, new Unavailable(reason));
            return;
        }

        switch (read.Consistency)
        {
            case ReadConsistency.Stale:
                state.Answer(read.Query, node.Sender);
                break;
            case ReadConsistency.Bounded:
                OnBoundedRead(NewRead(read));
                break;
            default:
                AddOrRefuse(NewRead(read));
                break;
        }
    }

    /// <summary>
    /// Somebody watches what changes from now on, and is told from which index on, as a read would be. What this server has
    /// applied, or knows to be committed, may be far behind, as right after a start. Old changes would then be told as new,
    /// or be forgotten by the snapshot that comes.
    /// </summary>
    public void OnWatchFromNow(PendingRead read)
    {
        if (node.NotServing is { } reason)
        {
            node.Tell(read.Client, new Unavailable(reason));
        }
        else
        {
            AddOrRefuse(read);
        }
    }

    private PendingRead NewRead(Read read) => PendingRead.Of(read, node.Sender, node.Now, node.Settings.Reads);

    private void OnBoundedRead(PendingRead read)
    {
        var bound = read.MaxStaleness!.Value;
        if (state.TryAnswerBounded(read, Staleness))
        {
            if (Staleness > bound / 2)
            {
                // The next ones need not wait then.
                _reads.Want();
                Ask();
            }
        }
        else if (HasLeader)
        {
            Add(read);
        }
        else
        {
            node.Tell(read.Client, new TooStale(Staleness, bound));
        }
    }

    private void AddOrRefuse(PendingRead read)
    {
        if (HasLeader)
        {
            Add(read);
        }
        else
        {
            node.Tell(read.Client, new NotLeader(default, null));
        }
    }

    private void Add(PendingRead read)
    {
        if (_reads.Count >= node.Settings.Intake.MaxReadsWaiting)
        {
            node.Tell(read.Client, new Overloaded(_reads.Count, PendingRead.RetryAfter));
            return;
        }

        _reads.Add(read);
        Ask();
        if (!node.Timers.IsTimerActive(NodeTick.Reads))
        {
            node.Timers.StartPeriodicTimer(NodeTick.Reads, NodeTick.Reads, node.Settings.HeartbeatInterval);
        }
    }

    /// <summary>
    /// Asks the leader, once for all reads that wait; again when it takes so long that the question or its answer must be thought
    /// lost.
    /// </summary>
    private void Ask()
    {
        var now = node.Now;
        if (node.LeaderId != node.Self && _reads.IsDue(now, node.Settings.HeartbeatTimeout / 2) && node.KnownLeader is { } leader)
        {
            node.Tell(leader, new RequestReadIndex(node.HeaderTo(leader.Id), _reads.Ask(now)));
        }
    }

    /// <summary>Another server leads, or none: what was asked will not be answered.</summary>
    public void OnLeaderChanged()
    {
        _reads.Lose();
        Ask();
    }

    /// <summary>The leader has answered.</summary>
    private void OnReadIndexResponse(ReadIndexResponse answer)
    {
        _reads.Answer(answer.Sequence, answer.Index);
        AnswerCommitted();
    }

    /// <summary>
    /// Answers the reads whose index is committed here. Without its state, or with an entry missing that is committed, a server
    /// answers nothing.
    /// </summary>
    public void AnswerCommitted()
    {
        if (!state.HasState || version.IsExceeded || state.IsHeldBack || faults.StoppedAt is not null)
        {
            return;
        }

        var queries = ImmutableArray.CreateBuilder<ClientQuery>();
        foreach (var read in _reads.Committed(node.CommitIndex))
        {
            if (read.AsksForNow)
            {
                node.Tell(read.Client, new ChangesRead(node.CommitIndex + 1, []));
            }
            else if (read.MaxStaleness is not { } bound)
            {
                queries.Add(new ClientQuery(read.Query!, read.Client));
            }
            else if (!state.TryAnswerBounded(read, Staleness))
            {
                node.Tell(read.Client, new TooStale(Staleness, bound));
            }
        }

        if (queries.Count > 0)
        {
            state.Tell(new RunQueries(queries.DrainToImmutable()));
        }

        Ask();
    }

    /// <summary>A read may have waited too long, or the leader is to be asked again.</summary>
    private void OnTick()
    {
        var now = node.Now;
        foreach (var read in _reads.TakeWhere(read => read.Deadline <= now))
        {
            node.Tell(read.Client, new ReadTimedOut(now - read.Since));
        }

        if (_reads.Count == 0)
        {
            node.Timers.Cancel(NodeTick.Reads);
        }
        else
        {
            Ask();
        }
    }

    /// <summary>Takes all reads that wait: this server leads now, and confirms them itself.</summary>
    public IReadOnlyList<PendingRead> TakeAll() => _reads.TakeWhere(static _ => true);

    /// <summary>Refuses all reads that wait.</summary>
    public void Refuse(RaftFailure reason)
    {
        foreach (var read in TakeAll())
        {
            node.Tell(read.Client, reason);
        }
    }
}
