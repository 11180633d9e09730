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
        new(
            "vote answered before it is durable",
            "Node/RaftNode.Voting.cs",
            "_journal.WhenDurable(() => sender.Tell(new VoteResponse(header, Granted: true), Self));",
            "sender.Tell(new VoteResponse(header, Granted: true), Self);"),
        new(
            "vote not persisted",
            "Node/RaftNode.Voting.cs",
            "            _votedFor = candidate;\n            PersistHardState();",
            "            _votedFor = candidate;"),
        new("vote forgotten in recovery", "Node/RaftNode.Recovery.cs", "_votedFor = changed.VotedFor;", "_votedFor = default;"),
        new("two votes in one term", "Node/RaftNode.Voting.cs", "if (!VotingRule.IsFree(_votedFor, candidate)", "if (false"),
        new(
            "vote for a log that is behind",
            "Node/RaftNode.Voting.cs",
            "            || !VotingRule.IsUpToDate(request.LastLogTerm, request.LastLogIndex, _log.LastTerm, _log.LastIndex))",
            "            || false)"),
        new(
            "up to date by length alone",
            "Elections/VotingRule.cs",
            "candidateLastTerm > lastTerm || (candidateLastTerm == lastTerm && candidateLastIndex >= lastIndex)",
            "candidateLastIndex >= lastIndex"),
        new("candidate asks before its vote is durable", "Node/RaftNode.Candidate.cs", "_journal.WhenDurable(() =>", RunAtOnce),
        new(
            "votes of another term counted",
            "Node/RaftNode.Candidate.cs",
            "else if (response.Header.Term == _currentTerm\n            && Counts",
            "else if (Counts"),
        new("refused votes counted", "Elections/Ballot.cs", "_votes.TryAdd(voter, granted);", "_votes.TryAdd(voter, true);"),
        new(
            "elected by half",
            "Elections/Ballot.cs",
            "var quorum = (voters.Length / 2) + 1;",
            "var quorum = (voters.Length + 1) / 2;"),
        new(
            "new term not persisted",
            "Node/RaftNode.cs",
            "        _votedFor = default;\n        PersistHardState();",
            "        _votedFor = default;"),
        new(
            "entries confirmed before they are durable",
            "Node/RaftNode.Follower.cs",
            "        _journal.WhenDurable(() =>\n        {",
            $"        {RunAtOnce}\n        {{"),
        new(
            "follower commits beyond what it checked",
            "Node/RaftNode.Follower.cs",
            "Math.Min(append.LeaderCommit, match.MatchIndex)",
            "Math.Min(append.LeaderCommit, _log.LastIndex)"),
        new(
            "follower confirms all it has",
            "Node/RaftNode.Follower.cs",
            "confirmation.Sequence, true, confirmation.MatchIndex, 0, 0, ",
            "confirmation.Sequence, true, _log.LastIndex, 0, 0, "),
        new("confirmations of different writes joined", "Node/HeldConfirmation.cs", "awaitedWrite != write || ", ""),
        new(
            "answers pile up behind a journal that hangs",
            "Node/RaftNode.Follower.cs",
            "if (write > 0 && _heldConfirmation",
            "if (write < 0 && _heldConfirmation"),
        new(
            "previous term not compared",
            "Log/LogMatching.cs",
            "is { } term && term != prevLogTerm",
            "is { } term && term > long.MaxValue - 1"),
        new(
            "conflicting entries kept",
            "Log/LogMatching.cs",
            "log.TermAt(entries[known].Index) == entries[known].Term)",
            "log.TermAt(entries[known].Index) is not null)"),
        new(
            "entries replaced that do not conflict",
            "Log/LogMatching.cs",
            "LogMatch.Matches(prevLogIndex + entries.Length, known)",
            "LogMatch.Matches(prevLogIndex + entries.Length, 0)"),
        new(
            "leader counts itself before its disk",
            "Node/RaftNode.Leader.cs",
            "OnMatch(_self, _journal.DurableIndex)",
            "OnMatch(_self, _log.LastIndex)"),
        new(
            "entries of older terms committed by counting",
            "Replication/Commitment.cs",
            "quorumIndex < StartIndex || quorumIndex",
            "quorumIndex"),
        new("committed by half", "Replication/Commitment.cs", "matched[(matched.Length - 1) / 2]", "matched[matched.Length / 2]"),
        new(
            "no no-op at the start of a term",
            "Node/RaftNode.Leader.cs",
            "        Append(NewEntry(EntryKind.Noop, EncodedPayload.None, default));\n",
            string.Empty),
        new(
            "match index raised when sent",
            "Replication/Progress.cs",
            "            NextIndex = lastIndex + 1;\n",
            "            NextIndex = lastIndex + 1;\n            MatchIndex = lastIndex;\n"),
        new(
            "what was sent counts as confirmed",
            "Replication/ReplicatorActor.cs",
            "_progress.Succeeded(response.Sequence, response.MatchIndex)",
            "_progress.Succeeded(response.Sequence, _progress.NextIndex - 1)"),
        new(
            "read before the term's first commit",
            "Node/RaftNode.Reads.cs",
            "IsRoundDue => Lead.Commitment.HasCommittedInTerm && ",
            "IsRoundDue => "),
        new(
            "read joins a round that began before it",
            "Replication/ReadIndexQueue.cs",
            "_requested = Round + 1;",
            "_requested = Round;"),
        new(
            "late heartbeat answers confirm later rounds",
            "Replication/HeartbeatActor.cs",
            "link.Term, sent.Round, sent.SentAt",
            "link.Term, _round, sent.SentAt"),
        new(
            "overwritten entries stay durable",
            "Log/JournalQueue.cs",
            "        DurableIndex = Math.Min(DurableIndex, fromIndex - 1);\n",
            string.Empty),
        new(
            "a write says what it says after a truncation",
            "Log/JournalQueue.cs",
            "if (_inFlightEnd.Truncations == _truncations)",
            "if (_inFlightEnd.Truncations >= 0)"),
        new(
            "open outcome told as not done",
            "Node/RaftNode.Leader.cs",
            "pending.Client.Tell(new LeadershipLost(pending.Index, term), Self);",
            "pending.Client.Tell(new LeadershipLost(0, term), Self);"),
        new(
            "commands not answered when leadership ends",
            "Node/RaftNode.Leader.cs",
            "            pending.Client.Tell(new LeadershipLost(pending.Index, term), Self);\n",
            "            _ = pending;\n"),
        new(
            "a journal that rejects is ignored",
            "Node/RaftNode.Journal.cs",
            "was rejected\", PersistenceId, @event);\n        Context.Stop(Self);",
            "was rejected\", PersistenceId, @event);"),
        new(
            "configuration changed before the term's first commit",
            "Node/RaftNode.Membership.cs",
            "!Lead.Commitment.HasCommittedInTerm ? $",
            "Lead.Commitment.CommitIndex < 0 ? $"),
        new(
            "two changes of the configuration at once",
            "Node/RaftNode.Membership.cs",
            "!_configurations.IsLatestCommitted ? $\"the change of entry {_configurations.LatestIndex} is not committed yet\"\n "
                + "       : Lead.Change is { } other",
            "Lead.Change is { CatchUp: not null } other"),
        new(
            "configuration not rolled back",
            "Node/RaftNode.cs",
            "        if (_configurations.TruncateFrom(fromIndex))",
            "        if (fromIndex < 0)"),
        new(
            "a removed leader counts itself",
            "Node/RaftNode.Membership.cs",
            "Lead.Commitment.SetVoters(Configuration.Voters)",
            "Lead.Commitment.SetVoters(Configuration.IsVoter(_self) ? Configuration.Voters : Configuration.Voters.Add(_self))"),
        new(
            "voters counted as at the start of the term",
            "Node/RaftNode.Membership.cs",
            "var commits = Lead.Commitment.SetVoters(Configuration.Voters);",
            "var commits = false;"),
        new(
            "nonvoters counted",
            "Node/RaftNode.Membership.cs",
            "Lead.Commitment.SetVoters(Configuration.Voters)",
            "Lead.Commitment.SetVoters([.. Configuration.Servers.Select(static server => server.Id)])"),
        new(
            "later term in an answer ignored",
            "Node/RaftNode.Leader.cs",
            "if (seen.Term > _currentTerm &&",
            "if (seen.Term < 0 &&"),
        new(
            "a session's commands applied again",
            "Sessions/SessionTable.cs",
            "var isKnown = session.TryGet(asked.Sequence, out var answer);",
            "var isKnown = session.TryGet(asked.Sequence, out var answer); if (answer is not null) { return "
                + "SessionVerdict.Apply; }"),
        new(
            "answers of sessions forgotten with the leader",
            "Sessions/SessionTable.cs",
            "            (_term, _timestamp) = (entry.Term, entry.Timestamp);\n",
            "            (_term, _timestamp) = (entry.Term, entry.Timestamp);\n            foreach (var old in "
                + "_sessions.Values.ToArray()) { _sessions[old.Id] = new ClientSession(old.Id, old.Timeout) { ExpiresAt = "
                + "old.ExpiresAt }; }\n"),
        new(
            "a session's answer not kept",
            "Sessions/SessionTable.cs",
            "new KeptAnswer(entry.Index, entry.Term, Keep(result))",
            "new KeptAnswer(entry.Index, entry.Term, null)"),
        new(
            "sessions expire by a local clock",
            "Applying/StateMachineActor.cs",
            "            _sessions.Advance(entry);",
            "            _sessions.Advance(entry with { Timestamp = Context.System.Scheduler.Now.ToUnixTimeMilliseconds() });"),
        new(
            "entries stamped by the wall clock",
            "Node/RaftNode.Leader.cs",
            "Lead.Clock.Stamp(Now)",
            "Context.System.Scheduler.Now.ToUnixTimeMilliseconds()"),
        new(
            "stamps begin with the wall clock alone",
            "Log/LogClock.cs",
            "Math.Max(wallClock.ToUnixTimeMilliseconds(), lastStamp)",
            "wallClock.ToUnixTimeMilliseconds() + (0 * lastStamp)"),
        new(
            "commands of expired sessions applied",
            "Sessions/SessionTable.cs",
            "            return SessionVerdict.Reply(new SessionExpired(asked.SessionId));\n        }\n\n        var isKnown",
            "            return SessionVerdict.Apply;\n        }\n\n        var isKnown"),
        new(
            "what a client waits for no longer is applied",
            "Sessions/SessionTable.cs",
            "        if (asked.Sequence < session.LowestUnanswered)\n",
            "        if (asked.Sequence < 0)\n"),
        new(
            "snapshot counts before all of it is stored",
            "Snapshots/SnapshotKeeper.cs",
            "if (_inFlight == 0 && input.IsAtEnd)\n            {\n                ReadBack(input.Describe());",
            "if (input.IsAtEnd)\n            {\n                Context.Parent.Tell(new SnapshotStored(input.Describe()));\n   "
                + "             End();"),
        new(
            "conflicting log kept behind an installed snapshot",
            "Node/RaftNode.Install.cs",
            "discardsLog: _log.TermAt(content.Index) != content.Term",
            "discardsLog: content.Index > _log.LastIndex"),
        new(
            "snapshot confirmed before it is durable",
            "Node/RaftNode.Snapshots.cs",
            "_journal.WhenDurable(() => OnSnapshotCompleted(snapshots));",
            "OnSnapshotCompleted(snapshots);"),
        new(
            "journal deleted beyond its snapshot",
            "Node/RaftNode.Compaction.cs",
            "_compaction.Next(CompactedIndex)",
            "_compaction.Next(_lastApplied + 1)"),
        new(
            "configuration of a snapshot ignored",
            "Membership/ConfigurationHistory.cs",
            "            _appended.Insert(0, (index, configuration));\n",
            "            _ = configuration;\n"),
        new("wrong term before a compacted log", "Log/RaftLog.cs", "BaseTerm = TermAt(index)!.Value;", "BaseTerm = LastTerm;"),
        new(
            "entry behind a restored snapshot skipped",
            "Applying/StateMachineActor.Snapshots.cs",
            "_lastApplied = restoration.Snapshot.Content.Index;",
            "_lastApplied = restoration.Snapshot.Content.Index + 1;"),
        new(
            "sessions not restored",
            "Sessions/SessionBlocks.cs",
            "            complete(table);\n",
            "            _ = complete;\n"),
        new(
            "number of a snapshot used twice",
            "Node/RaftNode.Recovery.cs",
            "_snapshotNumber = Math.Max(_snapshotNumber, begun.Number);",
            "_ = begun;"),
        new(
            "older snapshots kept that the log does not reach",
            "Node/RaftNode.Install.cs",
            "older.Index >= _log.BaseIndex)",
            "older.Index >= 0)"),
        new(
            "follower read does not wait to apply",
            "Node/RaftNode.Reads.cs",
            "_followerReads.Committed(_commitIndex)",
            "_followerReads.Committed(long.MaxValue)"),
        new(
            "read index without confirmation",
            "Node/RaftNode.Reads.cs",
            "            Confirm(new PendingRead(null, Sender, Now, Now + _settings.Reads.Timeout) { Asked = asked });\n",
            "            AnswerConfirmed(new PendingRead(null, Sender, Now, Now) { Asked = asked });\n"),
        new("lease outlives a transfer", "Node/RaftNode.Reads.cs", "                && !Lead.HasToldSuccessor\n", string.Empty),
        new(
            "promise forgotten in a restart",
            "Node/RaftNode.Voting.cs",
            "MayHaveForgottenLeader => _settings.Reads.Lease",
            "MayHaveForgottenLeader => _startedAt < TimeSpan.Zero"),
        new(
            "lease counted from the answer's arrival",
            "Node/RaftNode.Leader.cs",
            "Lead.Lease.Contact(acknowledged.Header.From, acknowledged.SentAt)",
            "Lead.Lease.Contact(acknowledged.Header.From, Now)"),
        new(
            "pledge answered before it is durable",
            "Node/RaftNode.Bootstrap.cs",
            "_journal.WhenDurable(\n            () => client.Tell(new BootstrapPledged(_self, request.Coordinator), Self), key: "
                + "(nameof(PledgeBootstrap), client));",
            "client.Tell(new BootstrapPledged(_self, request.Coordinator), Self);"),
        new(
            "two pledges",
            "Node/RaftNode.Bootstrap.cs",
            ": !VotingRule.IsFree(_votedFor, FounderOf(configuration)) ?",
            ": false ?"),
        new(
            "staleness measured from the leader's last word",
            "Node/RaftNode.Reads.cs",
            "_followerReads.FreshAsOf is { } fresh",
            "_lastLeaderContact is { } fresh"),
        new(
            "staleness not held against the bound once confirmed",
            "Node/RaftNode.Reads.cs",
            "staleness is not { } known || known > read.MaxStaleness",
            "staleness is not { } known"),
        new(
            "state restored by hand before what stands before it",
            "Applying/StateMachineActor.cs",
            "if (entry.Kind == EntryKind.CompleteRestore && lastIndex > _lastApplied)",
            "if (entry.Kind == EntryKind.CompleteRestore && lastIndex < 0)"),
        new(
            "restore by hand under way missing in snapshots",
            "Applying/StateMachineActor.Snapshots.cs",
            "SessionBlocks.Write(_sessions), _replacement.Write(), view",
            "SessionBlocks.Write(_sessions), [], view"),
        new(
            "restore by hand forgotten when it is done",
            "Snapshots/StateReplacement.cs",
            "if (_done is not null && id == _doneId)",
            "if (_done is not null && id < 0)"),
        new(
            "reads on a follower wait for ever",
            "Node/RaftNode.Reads.cs",
            "_followerReads.TakeWhere(read => read.Deadline <= now)",
            "_followerReads.TakeWhere(static _ => false)"),
        new(
            "reads on a leader wait for ever",
            "Node/RaftNode.Leader.cs",
            "Lead.Reads.TakeWhere(read => read.Deadline <= now)",
            "Lead.Reads.TakeWhere(static _ => false)"),
        new(
            "lost disk: votes count whatever journal gave them",
            "Node/RaftNode.Candidate.cs",
            "            && Counts(response.Header)\n",
            string.Empty),
        new(
            "lost disk: what another journal confirms counts",
            "Node/RaftNode.Membership.cs",
            "&& Configuration.Counts(follower.Server.Id, progress.Journal) ? ",
            "? "),
        new(
            "lost disk: a new journal has its vote at once",
            "Membership/ConfigurationRules.cs",
            "server with { Suffrage = Suffrage.Nonvoter, Journal = default, RegainsVote = true }",
            "server with { Journal = default }"),
        new(
            "lost disk: a vote is never given back",
            "Node/RaftNode.Identity.cs",
            "server.RegainsVote && IsHeard(server.Id, now)",
            "server.RegainsVote && IsHeard(server.Id, now) && now < TimeSpan.Zero"),
        new(
            "a voter taken away without whom nobody commits",
            "Node/RaftNode.MembershipChecks.cs",
            "request.Force ? null : QuorumHealth.WhyNot(Configuration, next, IsHealthy)",
            "null"),
        new(
            "foreign disk: another group is heard",
            "Node/PeerGate.cs",
            "if (IdentityRefusal(message, configuration, own) is { } foreign)",
            "if (IdentityRefusal(message, configuration, own) is { Length: 0 } foreign)"),
        new(
            "foreign disk: entries of no group go on under any",
            "Node/PeerGate.cs",
            "receiver != own.Journal && message",
            "receiver == own.Journal && message"),
        new(
            "foreign disk: answers of another group count",
            "Replication/FollowerLink.cs",
            "|| own == theirs);",
            "|| own != default);"),
        new(
            "a group begins without hearing from all",
            "Node/RaftNode.Bootstrap.cs",
            "&& _founding.Voters.All(_pledges.ContainsKey))",
            "&& 2 * _founding.Voters.Count(_pledges.ContainsKey) > _founding.Voters.Length)"),
        new(
            "version raised before every member supports it",
            "Node/RaftNode.Version.cs",
            "Configuration.Servers.Min(server",
            "Configuration.Servers.Max(server"),
        new(
            "version: commands applied that are not supported",
            "Node/RaftNode.Version.cs",
            "Math.Min(index, first - 1)",
            "Math.Max(index, first - 1)"),
        new(
            "version: a state restored that is not supported",
            "Node/RaftNode.Install.cs",
            "if (Supports(snapshot))",
            "if (Supports(snapshot) || snapshot.Index > 0)"),
        new(
            "version of a snapshot forgotten",
            "Applying/StateMachineActor.Snapshots.cs",
            "        _version = restoration.Snapshot.Content.Configuration.StateMachineVersion;\n",
            string.Empty),
        new(
            "version of a configuration in the log overlooked",
            "Applying/StateMachineActor.cs",
            "_version = ConfigurationCodec.Decode(entry.Data).StateMachineVersion;",
            "_version = Math.Max(_version, 0 * ConfigurationCodec.Decode(entry.Data).StateMachineVersion);"),
        new(
            "a skipped entry is applied",
            "Applying/StateMachineActor.cs",
            "if (committed.IsSkipped(entry))",
            "if (committed.CommitIndex < 0)"),
        new(
            "a skipped command of a session is applied by its retry",
            "Applying/StateMachineActor.cs",
            "            _sessions.CompleteSkipped(entry);\n",
            "            _sessions.Complete(entry, null);\n"),
        new(
            "a node goes down with its state machine each time",
            "Node/RaftNode.StateMachine.cs",
            "failed.Times > 1 && !_isStopping",
            "failed.Times > 1 && _isStopping"),
        new(
            "a state that was made with a skipped entry is kept",
            "Node/RaftNode.Skips.cs",
            "else if (_handedOut >= skip.Index)",
            "else if (_handedOut < 0)"),
        new(
            "a snapshot that was made with a skipped entry is trusted",
            "Node/RaftNode.Recovery.cs",
            "if (_log.Skips.Cover(newest.Index))",
            "if (_log.Skips.Cover(0))"),
        new(
            "found once: entries committed that an installed snapshot replaced",
            "Node/RaftNode.cs",
            "index <= _commitIndex || index <= _log.BaseIndex",
            "index <= _commitIndex"),
        new(
            "found once: chunks removed that a late write completes",
            "Node/RaftNode.Snapshots.cs",
            "_sweepIsDue = !_hasWritten;",
            "_sweepIsDue = false;"),
        new(
            "found once: applied behind a state whose log is being replaced",
            "Node/RaftNode.Install.cs",
            "if (snapshot.Index >= _log.BaseIndex)",
            "if (snapshot.Index >= 0)"),
        new(
            "found once: answers for a snapshot pile up",
            "Node/RaftNode.Install.cs",
            "key: nameof(InstallSnapshot)",
            "key: null"),
        new(
            "found once: pledges pile up",
            "Node/RaftNode.Bootstrap.cs",
            ", key: (nameof(PledgeBootstrap), client)",
            ", key: null"),
        new(
            "found once: a full follower takes nothing that commits what it has",
            "Node/RaftNode.Follower.cs",
            "? IsLogFull && (NeedsSnapshot || _commitIndex > (NewestSnapshot?.Index ?? 0))",
            "? IsLogFull"),
        new(
            "found once: no room for the lowest command of a session",
            "Sessions/SessionTable.cs",
            " && asked.Sequence > session.LowestUnanswered",
            string.Empty),
        new(
            "found once: forwarded requests of strangers refused in silence",
            "Node/RaftNode.Questions.cs",
            "if (message is ForwardedRequest)",
            "if (message is null)"),
        new(
            "found once: a leader sought where the configuration has it",
            "Node/RaftNode.cs",
            "_leaderHeardAt ?? configured",
            "configured"),
        new(
            "found once: commit index told only once",
            "Replication/ReplicatorActor.cs",
            "_progress.OldestSentAt is null && Now - _lastSentAt",
            "_commitIndex < 0 && Now - _lastSentAt"),
        new(
            "found once: entries held for a snapshot only until it has arrived",
            "Node/RaftNode.Install.cs",
            "follower.GoesOnFrom = ended.Snapshot.Index;",
            "follower.GoesOnFrom = long.MaxValue;"),
        new(
            "found once: entries held for a follower for ever",
            "Node/RaftNode.Leader.cs",
            "            LetGoOfWhatWasHeldFor(follower);\n",
            string.Empty),
        new(
            "found once: a snapshot of one piece is not confirmed",
            "Node/RaftNode.Install.cs",
            "Latest = (install, Sender) };\n        TellSnapshot",
            "Latest = (install, ActorRefs.Nobody) };\n        TellSnapshot"),
        new(
            "found once: an old snapshot is sent first",
            "Node/RaftNode.Install.cs",
            "transfer.Progress.BytesSent == 0\n",
            "transfer.Progress.BytesSent < 0\n"),
        new(
            "found once: an old snapshot is sent first to one that has lost what it had",
            "Node/RaftNode.Install.cs",
            "            if (progress.Transfer.BytesSent == 0)",
            "            if (progress.Transfer.BytesSent < 0)"),
        new(
            "found once: a part of an old snapshot is kept for one that is away",
            "Node/RaftNode.Install.cs",
            "> _settings.Replication.TransferSilence;",
            "> TimeSpan.MaxValue;"),
        new(
            "found once: a snapshot counts that the store does not keep",
            "Snapshots/SnapshotKeeper.cs",
            "                ReadBack(input.Describe());",
            "                Context.Parent.Tell(new SnapshotStored(input.Describe()));\n                End();"),
        new(
            "found once: reads wait on a server without a state",
            "Node/RaftNode.Reads.cs",
            "when NotServing is { } reason:",
            "when NotServing is \"never\" and { } reason:"),
        new(
            "found once: a candidate goes on receiving a snapshot",
            "Node/RaftNode.Candidate.cs",
            "        AbandonReceived();\n",
            string.Empty),
        new(
            "found once: each late look at the lease is excused",
            "Node/RaftNode.Leader.cs",
            "!Lead.HasExcusedTick && now - Lead.LastTick",
            "now - Lead.LastTick"),
    ];
}
