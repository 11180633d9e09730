namespace Raft.Simulation.Commands;

/// <summary>A deliberate bug: a place in the library's source and what is put there.</summary>
/// <param name="Name">The bug, in words.</param>
/// <param name="File">The file, below Raft.Actors.</param>
/// <param name="Right">The text there; it must stand there exactly once.</param>
/// <param name="Wrong">What replaces it.</param>
internal sealed record Mutation(string Name, string File, string Right, string Wrong)
{
    private const string RunAtOnce = "((Action<Action>)(static run => run()))(() =>";

    /// <summary>Each of them breaks a promise that the simulation must see broken.</summary>
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("vote answered before it is durable", "Node/RaftNode.Voting.cs", "_journal.WhenDurable(() => sender.Tell(new VoteResponse(header, Granted: true), Self));", "sender.Tell(new VoteResponse(header, Granted: true), Self);"),
        new("vote not persisted", "Node/RaftNode.Voting.cs", "            _votedFor = candidate;\n            PersistHardState();", "            _votedFor = candidate;"),
        new("vote forgotten in recovery", "Node/RaftNode.Recovery.cs", "_votedFor = changed.VotedFor;", "_votedFor = default;"),
        new("two votes in one term", "Node/RaftNode.Voting.cs", "if (!VotingRule.IsFree(_votedFor, candidate)", "if (false"),
        new("vote for a log that is behind", "Node/RaftNode.Voting.cs", "            || !VotingRule.IsUpToDate(request.LastLogTerm, request.LastLogIndex, _log.LastTerm, _log.LastIndex))", "            || false)"),
        new("up to date by length alone", "Elections/VotingRule.cs", "candidateLastTerm > lastTerm || (candidateLastTerm == lastTerm && candidateLastIndex >= lastIndex)", "candidateLastIndex >= lastIndex"),
        new("candidate asks before its vote is durable", "Node/RaftNode.Candidate.cs", "_journal.WhenDurable(() =>", RunAtOnce),
        new("votes of another term counted", "Node/RaftNode.Candidate.cs", "else if (response.Header.Term == _currentTerm\n            && _ballot", "else if (_ballot"),
        new("refused votes counted", "Elections/Ballot.cs", "_votes.TryAdd(voter, granted);", "_votes.TryAdd(voter, true);"),
        new("elected by half", "Elections/Ballot.cs", "var quorum = (voters.Length / 2) + 1;", "var quorum = (voters.Length + 1) / 2;"),
        new("new term not persisted", "Node/RaftNode.cs", "        _votedFor = default;\n        PersistHardState();", "        _votedFor = default;"),
        new("entries confirmed before they are durable", "Node/RaftNode.Follower.cs", "        _journal.WhenDurable(() =>\n        {", $"        {RunAtOnce}\n        {{"),
        new("follower commits beyond what it checked", "Node/RaftNode.Follower.cs", "Math.Min(append.LeaderCommit, match.MatchIndex)", "Math.Min(append.LeaderCommit, _log.LastIndex)"),
        new("follower confirms all it has", "Node/RaftNode.Follower.cs", "confirmation.Sequence, true, confirmation.MatchIndex, 0, 0, ", "confirmation.Sequence, true, _log.LastIndex, 0, 0, "),
        new("confirmations of different writes joined", "Node/HeldConfirmation.cs", "awaitedWrite != write || ", ""),
        new("answers pile up behind a journal that hangs", "Node/RaftNode.Follower.cs", "if (write > 0 && _heldConfirmation", "if (write < 0 && _heldConfirmation"),
        new("previous term not compared", "Log/LogMatching.cs", "is { } term && term != prevLogTerm", "is { } term && term > long.MaxValue - 1"),
        new("conflicting entries kept", "Log/LogMatching.cs", "log.TermAt(entries[known].Index) == entries[known].Term)", "log.TermAt(entries[known].Index) is not null)"),
        new("entries replaced that do not conflict", "Log/LogMatching.cs", "LogMatch.Matches(prevLogIndex + entries.Length, known)", "LogMatch.Matches(prevLogIndex + entries.Length, 0)"),
        new("leader counts itself before its disk", "Node/RaftNode.Leader.cs", "OnMatch(_self, _journal.DurableIndex)", "OnMatch(_self, _log.LastIndex)"),
        new("entries of older terms committed by counting", "Replication/Commitment.cs", "quorumIndex < StartIndex || quorumIndex", "quorumIndex"),
        new("committed by half", "Replication/Commitment.cs", "matched[(matched.Length - 1) / 2]", "matched[matched.Length / 2]"),
        new("no no-op at the start of a term", "Node/RaftNode.Leader.cs", "        Append(NewEntry(EntryKind.Noop, EncodedPayload.None, default));\n", string.Empty),
        new("match index raised when sent", "Replication/Progress.cs", "            NextIndex = lastIndex + 1;\n", "            NextIndex = lastIndex + 1;\n            MatchIndex = lastIndex;\n"),
        new("what was sent counts as confirmed", "Replication/ReplicatorActor.cs", "_progress.Succeeded(response.Sequence, response.MatchIndex)", "_progress.Succeeded(response.Sequence, _progress.NextIndex - 1)"),
        new("read before the term's first commit", "Node/RaftNode.Reads.cs", "if (!Lead.Commitment.HasCommittedInTerm)", "if (Lead.Commitment.CommitIndex < 0)"),
        new("read joins a round that began before it", "Replication/ReadIndexQueue.cs", "_requested = Round + 1;", "_requested = Round;"),
        new("late heartbeat answers confirm later rounds", "Replication/HeartbeatActor.cs", "link.Term, sent.Round, sent.SentAt", "link.Term, _round, sent.SentAt"),
        new("overwritten entries stay durable", "Log/JournalQueue.cs", "        DurableIndex = Math.Min(DurableIndex, fromIndex - 1);\n", string.Empty),
        new("a write says what it says after a truncation", "Log/JournalQueue.cs", "if (_inFlightEnd.Truncations == _truncations)", "if (_inFlightEnd.Truncations >= 0)"),
        new("open outcome told as not done", "Node/RaftNode.Leader.cs", "pending.Client.Tell(new LeadershipLost(pending.Index, term), Self);", "pending.Client.Tell(new LeadershipLost(0, term), Self);"),
        new("commands not answered when leadership ends", "Node/RaftNode.Leader.cs", "            pending.Client.Tell(new LeadershipLost(pending.Index, term), Self);\n", "            _ = pending;\n"),
        new("a journal that rejects is ignored", "Node/RaftNode.Journal.cs", "was rejected\", PersistenceId, @event);\n        Context.Stop(Self);", "was rejected\", PersistenceId, @event);"),
        new("configuration changed before the term's first commit", "Node/RaftNode.Membership.cs", "!Lead.Commitment.HasCommittedInTerm ? $", "Lead.Commitment.CommitIndex < 0 ? $"),
        new("two changes of the configuration at once", "Node/RaftNode.Membership.cs", "!_configurations.IsLatestCommitted ? $\"the change of entry {_configurations.LatestIndex} is not committed yet\"\n        : Lead.Change is { } other", "Lead.Change is { CatchUp: not null } other"),
        new("configuration not rolled back", "Node/RaftNode.cs", "        if (_configurations.TruncateFrom(fromIndex))", "        if (fromIndex < 0)"),
        new("a removed leader counts itself", "Node/RaftNode.Membership.cs", "Lead.Commitment.SetVoters(Configuration.Voters)", "Lead.Commitment.SetVoters(Configuration.IsVoter(_self) ? Configuration.Voters : Configuration.Voters.Add(_self))"),
        new("voters counted as at the start of the term", "Node/RaftNode.Membership.cs", "var commits = Lead.Commitment.SetVoters(Configuration.Voters);", "var commits = false;"),
        new("nonvoters counted", "Node/RaftNode.Membership.cs", "Lead.Commitment.SetVoters(Configuration.Voters)", "Lead.Commitment.SetVoters([.. Configuration.Servers.Select(static server => server.Id)])"),
        new("later term in an answer ignored", "Node/RaftNode.Leader.cs", "if (seen.Term > _currentTerm &&", "if (seen.Term < 0 &&"),
        new("a session's commands applied again", "Sessions/SessionTable.cs", "var isKnown = session.TryGet(asked.Sequence, out var answer);", "var isKnown = session.TryGet(asked.Sequence, out var answer); if (answer is not null) { return SessionVerdict.Apply; }"),
        new("answers of sessions forgotten with the leader", "Sessions/SessionTable.cs", "            (_term, _timestamp) = (entry.Term, entry.Timestamp);\n", "            (_term, _timestamp) = (entry.Term, entry.Timestamp);\n            foreach (var old in _sessions.Values.ToArray()) { _sessions[old.Id] = new ClientSession(old.Id, old.Timeout) { ExpiresAt = old.ExpiresAt }; }\n"),
        new("a session's answer not kept", "Sessions/SessionTable.cs", "new KeptAnswer(entry.Index, entry.Term, Keep(result))", "new KeptAnswer(entry.Index, entry.Term, null)"),
        new("sessions expire by a local clock", "StateMachine/StateMachineActor.cs", "_sessions.Advance(entry);", "_sessions.Advance(entry with { Timestamp = Context.System.Scheduler.Now.ToUnixTimeMilliseconds() });"),
        new("commands of expired sessions applied", "Sessions/SessionTable.cs", "            return SessionVerdict.Reply(new SessionExpired(asked.SessionId));\n        }\n\n        var isKnown", "            return SessionVerdict.Apply;\n        }\n\n        var isKnown"),
        new("what a client waits for no longer is applied", "Sessions/SessionTable.cs", "        if (asked.Sequence < session.LowestUnanswered)\n", "        if (asked.Sequence < 0)\n"),
        new("snapshot counts before all of it is stored", "Snapshots/SnapshotKeeper.cs", "if (_inFlight == 0 && input.IsAtEnd)", "if (input.IsAtEnd)"),
        new("conflicting log kept behind an installed snapshot", "Node/RaftNode.Install.cs", "discardsLog: _log.TermAt(content.Index) != content.Term", "discardsLog: content.Index > _log.LastIndex"),
        new("snapshot confirmed before it is durable", "Node/RaftNode.Snapshots.cs", "_journal.WhenDurable(() => OnSnapshotCompleted(snapshots));", "OnSnapshotCompleted(snapshots);"),
        new("journal deleted beyond its snapshot", "Node/RaftNode.Snapshots.cs", "_compaction.Next(CompactedIndex)", "_compaction.Next(_lastApplied + 1)"),
        new("configuration of a snapshot ignored", "Membership/ConfigurationHistory.cs", "            _appended.Insert(0, (index, configuration));\n", "            _ = configuration;\n"),
        new("wrong term before a compacted log", "Log/RaftLog.cs", "BaseTerm = TermAt(index)!.Value;", "BaseTerm = LastTerm;"),
        new("entry behind a restored snapshot skipped", "StateMachine/StateMachineActor.Snapshots.cs", "_lastApplied = restoration.Snapshot.Content.Index;", "_lastApplied = restoration.Snapshot.Content.Index + 1;"),
        new("sessions not restored", "Sessions/SessionBlocks.cs", "            complete(table);\n", "            _ = complete;\n"),
        new("number of a snapshot used twice", "Node/RaftNode.Recovery.cs", "_snapshotNumber = Math.Max(_snapshotNumber, begun.Number);", "_ = begun;"),
        new("older snapshots kept that the log does not reach", "Node/RaftNode.Install.cs", "older.Index >= _log.BaseIndex)", "older.Index >= 0)"),
        new("follower read does not wait to apply", "Node/RaftNode.Reads.cs", "_followerReads.Committed(_commitIndex)", "_followerReads.Committed(long.MaxValue)"),
        new("read index without confirmation", "Node/RaftNode.Reads.cs", "            Confirm(new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { Asked = asked });\n", "            AnswerConfirmed(new PendingRead(null, Sender, Now, Now) { Asked = asked });\n"),
        new("lease outlives a transfer", "Node/RaftNode.Reads.cs", "                && !Lead.HasToldSuccessor\n", string.Empty),
        new("promise forgotten in a restart", "Node/RaftNode.Voting.cs", "MayHaveForgottenLeader => _settings.Reads.Lease", "MayHaveForgottenLeader => _startedAt < TimeSpan.Zero"),
        new("lease counted from the answer's arrival", "Node/RaftNode.Leader.cs", "Lead.Lease.Contact(acknowledged.Follower, acknowledged.SentAt)", "Lead.Lease.Contact(acknowledged.Follower, Now)"),
        new("pledge answered before it is durable", "Node/RaftNode.Bootstrap.cs", "_journal.WhenDurable(\n            () => client.Tell(new BootstrapPledged(_self, request.Coordinator), Self), key: (nameof(PledgeBootstrap), client));", "client.Tell(new BootstrapPledged(_self, request.Coordinator), Self);"),
        new("two pledges", "Node/RaftNode.Bootstrap.cs", ": !VotingRule.IsFree(_votedFor, request.Coordinator) ?", ": false ?"),
        new("staleness measured from the leader's last word", "Node/RaftNode.Reads.cs", "_followerReads.FreshAsOf is { } fresh", "_lastLeaderContact is { } fresh"),
        new("staleness not held against the bound once confirmed", "Node/RaftNode.Reads.cs", "staleness is not { } known || known > read.MaxStaleness", "staleness is not { } known"),
        new("state restored by hand before what stands before it", "StateMachine/StateMachineActor.cs", "if (entry.Kind == EntryKind.CompleteRestore && lastIndex > _lastApplied)", "if (entry.Kind == EntryKind.CompleteRestore && lastIndex < 0)"),
        new("restore by hand under way missing in snapshots", "StateMachine/StateMachineActor.Snapshots.cs", "SessionBlocks.Write(_sessions), _replacement.Write(), view", "SessionBlocks.Write(_sessions), [], view"),
        new("restore by hand forgotten when it is done", "Snapshots/StateReplacement.cs", "if (_done is not null && id == _doneId)", "if (_done is not null && id < 0)"),
    ];
}
