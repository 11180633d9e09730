using System.Collections.Immutable;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>
/// Reads (dissertation 6.4): by read index on the leader and on every other server, by the leader's lease, and of bounded staleness. None writes
/// anything. The state machine is sent everything up to the commit index before a query, and so answers behind it.
/// </summary>
public sealed partial class RaftNode
{
    private readonly FollowerReads<PendingRead> _followerReads;
    private readonly TimeSpan _startedAt;

    /// <summary>
    /// Whether nobody else can have been elected: a quorum was heard so shortly ago that none of it gives its vote yet, and nobody was told to ask for votes all the
    /// same. It counts from when the heartbeats were sent, for when they were answered nobody knows.
    /// </summary>
    private bool HasReadLease
    {
        get
        {
            var now = Now;
            return _settings.Reads.Lease
                && Lead.Commitment.HasCommittedInTerm
                && !IsHandingOver
                && !Lead.HasToldSuccessor
                && Lead.Lease.ConfirmedAt(Configuration.Voters, now) is { } confirmed
                && now - confirmed < _settings.ReadLease;
        }
    }

    /// <summary>How far behind a leader may be: it has all that was committed when it was certainly the leader. Null where it does not know.</summary>
    private TimeSpan? LeaderStaleness
    {
        get
        {
            var now = Now;
            return Lead.Commitment.HasCommittedInTerm && Lead.Lease.ConfirmedAt(Configuration.Voters, now) is { } confirmed ? now - confirmed : null;
        }
    }

    private TimeSpan? FollowerStaleness => _followerReads.FreshAsOf is { } fresh ? Now - fresh : null;

    /// <summary>A read that the leader is asked.</summary>
    private void OnLeaderRead(Read read)
    {
        if (WhyNotCarried(read) is { } unfit)
        {
            Sender.Tell(unfit, Self);
            return;
        }

        var pending = NewRead(read);
        if (read.Consistency == ReadConsistency.Lease && HasReadLease)
        {
            _state.Answer(read.Query, Sender);
        }
        else if (pending.MaxStaleness is null || !_state.TryAnswerBounded(pending, LeaderStaleness))
        {
            Confirm(pending);
        }
    }

    /// <summary>A read that this server answers though it does not lead. False where only the leader may.</summary>
    private bool OnFollowerRead(Read read)
    {
        switch (read.Consistency)
        {
            case ReadConsistency.Stale or ReadConsistency.Follower or ReadConsistency.Bounded when NotServing is { } reason:
                // At once: how long it takes to get the state nobody knows, and another server can answer.
                Sender.Tell(new Unavailable(reason), Self);
                return true;
            case ReadConsistency.Stale:
                _state.Answer(read.Query, Sender);
                return true;
            case ReadConsistency.Bounded:
                OnBoundedRead(NewRead(read));
                return true;
            case ReadConsistency.Follower:
                AddFollowerReadOrRefuse(NewRead(read));
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Whoever watches what changes from now on is told from which index on, as a read would be: what this server has applied,
    /// or knows to be committed, may be far behind, as right after a start. Old changes would then be told as new, or be
    /// forgotten by the snapshot that comes.
    /// </summary>
    private void OnWatchFromNow()
    {
        var read = new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { AsksForNow = true };
        if (_role == RaftRole.Leader)
        {
            Confirm(read);
        }
        else if (NotServing is { } reason)
        {
            Sender.Tell(new Unavailable(reason), Self);
        }
        else
        {
            AddFollowerReadOrRefuse(read);
        }
    }

    private void AddFollowerReadOrRefuse(PendingRead read)
    {
        if (Configuration.Contains(_leaderId))
        {
            AddFollowerRead(read);
        }
        else
        {
            read.Client.Tell(new NotLeader(default, null), Self);
        }
    }

    private void OnBoundedRead(PendingRead read)
    {
        var bound = read.MaxStaleness!.Value;
        if (_state.TryAnswerBounded(read, FollowerStaleness))
        {
            if (FollowerStaleness > bound / 2)
            {
                // The next ones need not wait then.
                _followerReads.Want();
                AskReadIndex();
            }
        }
        else if (Configuration.Contains(_leaderId))
        {
            AddFollowerRead(read);
        }
        else
        {
            read.Client.Tell(new TooStale(FollowerStaleness, bound), Self);
        }
    }

    private PendingRead NewRead(Read read)
    {
        var now = Now;
        var timeout = read.Timeout is { } asked && asked < _settings.Reads.Timeout ? asked : _settings.Reads.Timeout;
        return new PendingRead(read.Query, Sender, now, now + timeout)
        {
            MaxStaleness = read.Consistency == ReadConsistency.Bounded ? read.MaxStaleness ?? _settings.Reads.MaxStaleness : null,
        };
    }

    /// <summary>Another server wants to know up to where it must have applied the log. Where too much waits it is not answered, and asks again.</summary>
    private void OnRequestReadIndex(RequestReadIndex asked)
    {
        if (Lead.Reads.Count < _settings.Intake.MaxReadsWaiting)
        {
            Confirm(new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { Asked = asked });
        }
    }

    private void Confirm(PendingRead read)
    {
        if (Lead.Reads.Count >= _settings.Intake.MaxReadsWaiting)
        {
            read.Client.Tell(new Overloaded(Lead.Reads.Count, RetryAfter), Self);
            return;
        }

        Lead.Reads.Add(read);
        RequestRoundIfDue();
    }

    /// <summary>
    /// Whether reads wait for a round, and the one before is over: one is under way at a time, and what comes meanwhile shares the next. Before its term's first
    /// commit a leader does not know what is committed, and no round would tell.
    /// </summary>
    private bool IsRoundDue => Lead.Commitment.HasCommittedInTerm && Lead.Reads.NeedsRound && Lead.Reads.IsConfirmed(Configuration.Voters);

    /// <summary>A round begins behind the messages that are in the mailbox already, as a write does, so that the reads among them share it.</summary>
    private void RequestRoundIfDue()
    {
        if (IsRoundDue)
        {
            RequestFlush();
        }
    }

    private void BeginRoundIfDue()
    {
        if (!IsRoundDue)
        {
            return;
        }

        var round = new BeginRound(Lead.Reads.Begin());
        foreach (var follower in Lead.Followers)
        {
            follower.Heartbeat.Tell(round, Self);
        }

        // At once where this server is a majority by itself.
        AnswerConfirmedReads();
    }

    /// <summary>Answers the reads whose round a quorum has confirmed, the queries among them by one message to the state machine.</summary>
    private void AnswerConfirmedReads()
    {
        var queries = ImmutableArray.CreateBuilder<ClientQuery>();
        foreach (var read in Lead.Reads.TakeConfirmed(Configuration.Voters))
        {
            if (read is { Query: { } query, MaxStaleness: null })
            {
                queries.Add(new ClientQuery(query, read.Client));
            }
            else
            {
                AnswerConfirmed(read);
            }
        }

        if (queries.Count > 0)
        {
            _state.Tell(new RunQueries(queries.DrainToImmutable()));
        }

        RequestRoundIfDue();
    }

    /// <summary>Answers what is confirmed and is not for the state machine, or not without a further look.</summary>
    private void AnswerConfirmed(PendingRead read)
    {
        switch (read)
        {
            case { Asked: { } asked }:
                read.Client.Tell(new ReadIndexResponse(HeaderTo(asked.Header.From), asked.Sequence, _commitIndex), Self);
                break;
            case { AsksForNow: true }:
                read.Client.Tell(new ChangesRead(_commitIndex + 1, []), Self);
                break;
            case { Query: null }:
                read.Client.Tell(new LeaderVerified(_currentTerm, _commitIndex), Self);
                break;
            case { MaxStaleness: { } bound }:
                if (!_state.TryAnswerBounded(read, LeaderStaleness))
                {
                    read.Client.Tell(new TooStale(LeaderStaleness, bound), Self);
                }

                break;
        }
    }

    private void AddFollowerRead(PendingRead read)
    {
        if (_followerReads.Count >= _settings.Intake.MaxReadsWaiting)
        {
            read.Client.Tell(new Overloaded(_followerReads.Count, RetryAfter), Self);
            return;
        }

        _followerReads.Add(read);
        AskReadIndex();
        if (!Timers.IsTimerActive(NodeTick.Reads))
        {
            Timers.StartPeriodicTimer(NodeTick.Reads, NodeTick.Reads, _settings.HeartbeatInterval);
        }
    }

    /// <summary>Asks the leader, once for all that wait; again when it takes so long that the question or its answer must be thought lost.</summary>
    private void AskReadIndex()
    {
        var now = Now;
        if (_leaderId != _self && _followerReads.IsDue(now, _settings.HeartbeatTimeout / 2) && KnownLeader is { } leader)
        {
            _environment.Peers.Resolve(leader).Tell(new RequestReadIndex(HeaderTo(leader.Id), _followerReads.Ask(now)), Self);
        }
    }

    /// <summary>
    /// Answers the reads whose index is committed here. Without its state, or with an entry missing that is committed, a
    /// server answers nothing.
    /// </summary>
    private void AnswerFollowerReads()
    {
        if (!_state.HasState || _version.IsExceeded || _state.IsHeldBack || _faults.StoppedAt is not null)
        {
            return;
        }

        var queries = ImmutableArray.CreateBuilder<ClientQuery>();
        foreach (var read in _followerReads.Committed(_commitIndex))
        {
            if (read.AsksForNow)
            {
                read.Client.Tell(new ChangesRead(_commitIndex + 1, []), Self);
            }
            else if (read.MaxStaleness is not { } bound)
            {
                queries.Add(new ClientQuery(read.Query!, read.Client));
            }
            else if (!_state.TryAnswerBounded(read, FollowerStaleness))
            {
                read.Client.Tell(new TooStale(FollowerStaleness, bound), Self);
            }
        }

        if (queries.Count > 0)
        {
            _state.Tell(new RunQueries(queries.DrainToImmutable()));
        }

        AskReadIndex();
    }

    private void OnReadsTick()
    {
        var now = Now;
        GiveUpReads(_followerReads.TakeWhere(read => read.Deadline <= now));
        if (_followerReads.Count == 0)
        {
            Timers.Cancel(NodeTick.Reads);
        }
        else
        {
            AskReadIndex();
        }
    }

    /// <summary>This server leads now: it confirms the reads itself that wait here.</summary>
    private void TakeOverFollowerReads()
    {
        foreach (var read in _followerReads.TakeWhere(static _ => true))
        {
            Lead.Reads.Add(read);
        }
    }

    private void GiveUpReads(IReadOnlyList<PendingRead> reads)
    {
        var now = Now;
        foreach (var read in reads)
        {
            RefuseReads([read], new ReadTimedOut(now - read.Since));
        }
    }

    /// <summary>Tells clients that their reads fail. Other servers ask again by themselves.</summary>
    private void RefuseReads(IReadOnlyList<PendingRead> reads, RaftFailure reason)
    {
        foreach (var read in reads)
        {
            if (read.Asked is null)
            {
                read.Client.Tell(reason, Self);
            }
        }
    }
}
