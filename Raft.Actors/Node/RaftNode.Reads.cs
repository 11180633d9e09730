using System.Collections.Immutable;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node;

/// <summary>
/// Reads (dissertation 6.4): by read index on the leader and on every other server, by the leader's lease, and of bounded staleness. None writes
/// anything. The state machine is sent everything up to the commit index before a query, and so answers behind it.
/// </summary>
public sealed partial class RaftNode
{
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

    /// <summary>A read that the leader is asked.</summary>
    private void OnLeaderRead(Read read)
    {
        if (WhyNotCarried(read) is { } unfit)
        {
            Sender.Tell(unfit, Self);
            return;
        }

        var pending = PendingRead.Of(read, Sender, Now, _settings.Reads);
        if (read.Consistency == ReadConsistency.Lease && HasReadLease)
        {
            _state.Answer(read.Query, Sender);
        }
        else if (pending.MaxStaleness is null || !_state.TryAnswerBounded(pending, LeaderStaleness))
        {
            Confirm(pending);
        }
    }

    /// <summary>Somebody watches what changes from now on, and asks from which index on that is.</summary>
    private void OnWatchFromNow()
    {
        var read = new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { AsksForNow = true };
        if (_role == RaftRole.Leader)
        {
            Confirm(read);
        }
        else
        {
            _reading.OnWatchFromNow(read);
        }
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
            read.Client.Tell(new Overloaded(Lead.Reads.Count, PendingRead.RetryAfter), Self);
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

    /// <summary>This server leads now: it confirms the reads itself that wait here.</summary>
    private void TakeOverFollowerReads()
    {
        foreach (var read in _reading.TakeAll())
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
