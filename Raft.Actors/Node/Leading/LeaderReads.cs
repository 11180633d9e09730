using System.Collections.Immutable;
using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Machine;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// Reads that the leader answers (dissertation 6.4): by read index, by its lease, and of bounded staleness. None writes anything.
/// The state machine is sent everything up to the commit index before a query, and so answers after it.
/// </summary>
internal sealed class LeaderReads(
    ILeaderContext node, Leadership leadership, Followers followers, HandOver handOver, OwnState state)
{
    private readonly ReadIndexQueue<PendingRead> _waiting = new(node.Self);

    /// <summary>The reads that wait for this leader to be confirmed.</summary>
    public int Count => _waiting.Count;

    /// <summary>
    /// Whether no other server can have been elected: a quorum was heard so shortly ago that none of it gives its vote
    /// yet, and no server was told to ask for votes all the same. It counts from when the heartbeats were sent: the
    /// leader cannot know when they were answered.
    /// </summary>
    private bool HasLease =>
        node.Settings.Reads.Lease
        && leadership.Commitment.HasCommittedInTerm
        && !handOver.IsUnderWay
        && !leadership.HasToldSuccessor
        && leadership.ConfirmedAt is { } confirmed
        && node.Now - confirmed < node.Settings.ReadLease;

    /// <summary>
    /// How old this leader's knowledge of the log may be: it was certainly the leader that long ago. Null where it does
    /// not know.
    /// </summary>
    private TimeSpan? Staleness =>
        leadership.Commitment.HasCommittedInTerm && leadership.ConfirmedAt is { } confirmed ? node.Now - confirmed : null;

    /// <summary>
    /// Whether reads wait for a round, and the one before is over. One round is under way at a time; reads that come
    /// meanwhile share the next. Before its term's first commit a leader does not know what is committed, and no round
    /// would tell.
    /// </summary>
    private bool IsRoundDue =>
        leadership.Commitment.HasCommittedInTerm && _waiting.NeedsRound && _waiting.IsConfirmed(node.Configuration.Voters);

    /// <summary>A client reads.</summary>
    public void Answer(Read read, PendingRead pending)
    {
        if (read.Consistency == ReadConsistency.Lease && HasLease)
        {
            state.Answer(read.Query, node.Sender);
        }
        else if (pending.MaxStaleness is null || !state.TryAnswerBounded(pending, Staleness))
        {
            Confirm(pending);
        }
    }

    /// <summary>
    /// Another server asks up to where it must have applied the log. Where too much waits it gets no answer, and asks
    /// again.
    /// </summary>
    public void OnRequestReadIndex(RequestReadIndex asked)
    {
        if (_waiting.Count < node.Settings.Intake.MaxReadsWaiting)
        {
            Confirm(new PendingRead(null, node.Sender, node.Now, node.Now + node.Settings.Reads.Timeout) { Asked = asked });
        }
    }

    /// <summary>Answers a read once a quorum has confirmed that this server still leads.</summary>
    public void Confirm(PendingRead read)
    {
        if (_waiting.Count >= node.Settings.Intake.MaxReadsWaiting)
        {
            node.Tell(read.Client, new Overloaded(_waiting.Count, PendingRead.RetryAfter));
            return;
        }

        _waiting.Add(read);
        RequestRoundIfDue();
    }

    /// <summary>Reads that this server took in before it led.</summary>
    public void TakeOver(IReadOnlyList<PendingRead> reads)
    {
        foreach (var read in reads)
        {
            _waiting.Add(read);
        }
    }

    /// <summary>A server has answered a round.</summary>
    public void OnRoundAnswered(ServerId server, long round)
    {
        _waiting.Answer(server, round);
        AnswerConfirmed();
    }

    /// <summary>Begins a round where one is due.</summary>
    public void BeginRoundIfDue()
    {
        if (IsRoundDue)
        {
            followers.BeginRound(_waiting.Begin());

            // At once where this server is a majority by itself.
            AnswerConfirmed();
        }
    }

    /// <summary>
    /// Answers the reads whose round a quorum has confirmed, the queries among them by one message to the state
    /// machine.
    /// </summary>
    public void AnswerConfirmed()
    {
        var queries = ImmutableArray.CreateBuilder<ClientQuery>();
        foreach (var read in _waiting.TakeConfirmed(node.Configuration.Voters))
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
            state.Tell(new RunQueries(queries.DrainToImmutable()));
        }

        RequestRoundIfDue();
    }

    /// <summary>Gives up the reads that have waited too long.</summary>
    public void GiveUpLate()
    {
        var now = node.Now;
        foreach (var read in _waiting.TakeWhere(read => read.Deadline <= now))
        {
            Refuse(read, new ReadTimedOut(now - read.Since));
        }
    }

    /// <summary>Tells the clients of all reads that wait that they fail.</summary>
    public void RefuseAll(RaftFailure reason)
    {
        foreach (var read in _waiting.TakeAll())
        {
            Refuse(read, reason);
        }
    }

    /// <summary>Tells a client that its read fails. Another server asks again by itself.</summary>
    private void Refuse(PendingRead read, RaftFailure reason)
    {
        if (read.Asked is null)
        {
            node.Tell(read.Client, reason);
        }
    }

    /// <summary>Answers what is confirmed and is not for the state machine, or not without a further look.</summary>
    private void AnswerConfirmed(PendingRead read)
    {
        switch (read)
        {
            case { Asked: { } asked }:
                node.Tell(read.Client, new ReadIndexResponse(node.HeaderTo(asked.Header.From), asked.Sequence, node.CommitIndex));
                break;
            case { AsksForNow: true }:
                node.Tell(read.Client, new ChangesRead(node.CommitIndex + 1, []));
                break;
            case { Query: null }:
                node.Tell(read.Client, new LeaderVerified(node.Term, node.CommitIndex));
                break;
            case { MaxStaleness: { } bound }:
                if (!state.TryAnswerBounded(read, Staleness))
                {
                    node.Tell(read.Client, new TooStale(Staleness, bound));
                }

                break;
        }
    }

    /// <summary>
    /// A round begins after the messages that are in the mailbox already, as a write does, so that the reads among them
    /// share it.
    /// </summary>
    private void RequestRoundIfDue()
    {
        if (IsRoundDue)
        {
            node.RequestFlush();
        }
    }
}
