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

    private TimeSpan? FollowerStaleness => _followerReads.FreshAsOf is { } fresh ? Now - fresh : null;

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
                OnBoundedRead(PendingReads.New(this, read));
                return true;
            case ReadConsistency.Follower:
                AddFollowerReadOrRefuse(PendingReads.New(this, read));
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
        if (_leader is { } leader)
        {
            leader.Confirm(read);
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

    private void AddFollowerRead(PendingRead read)
    {
        if (_followerReads.Count >= _settings.Intake.MaxReadsWaiting)
        {
            read.Client.Tell(new Overloaded(_followerReads.Count, PendingReads.RetryAfter), Self);
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
        PendingReads.GiveUp(this, _followerReads.TakeWhere(read => read.Deadline <= now));
        if (_followerReads.Count == 0)
        {
            Timers.Cancel(NodeTick.Reads);
        }
        else
        {
            AskReadIndex();
        }
    }
}
