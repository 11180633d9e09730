using System.Collections.Immutable;
using CsCheck;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Replication;
using Raft.Tests.Infrastructure;
using Raft.Tests.Log;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

/// <summary>
/// A leader's progress against a real follower's log, over a network that loses, doubles and reorders messages and
/// answers: it never claims more than the follower has on its disk, and in the end the logs are equal.
/// </summary>
public sealed class ProgressModelTests
{
    private enum Step
    {
        Send,
        Deliver,
        DeliverAgain,
        Answer,
        AnswerAgain,
        LoseMessage,
        LoseAnswer,
        TimeOut,
        AppendToLeader,
        FollowerWrites,
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_match_index_claims_only_what_the_follower_holds_and_converges() =>
        Gen.Select(LogPairs.Histories, Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 99], Gen.Int[1, 4]).List[0, 150]).TryEach(
            static (history, steps) =>
            {
                var (leader, follower) = LogPairs.Build(history);
                var world = new World(leader, follower, term: history.Count + 1);
                foreach (var (step, pick, count) in steps)
                {
                    world.Take(step, pick, count);
                }

                world.Converge();
            },
            inputs: 2000);

    private sealed record Message(long Sequence, long Previous, long PreviousTerm, ImmutableArray<LogEntry> Entries);

    private sealed record Answer(long Sequence, LogMatch Match);

    private sealed class World
    {
        private readonly RaftLog _leader;
        private readonly RaftLog _follower;
        private readonly long _term;
        private readonly Progress _progress;
        private readonly List<Message> _messages = [];
        private readonly List<Answer> _answers = [];
        private readonly List<Answer> _untilWritten = [];

        public World(RaftLog leader, RaftLog follower, long term)
        {
            (_leader, _follower, _term) = (leader, follower, term);
            leader.Append(Entry(leader.LastIndex + 1, term));
            _progress = new Progress(leader.LastIndex, maxInFlight: 3);
        }

        public void Take(Step step, int pick, int count)
        {
            switch (step)
            {
                case Step.Send when _progress.CanSend:
                    Send(count);
                    break;
                case Step.Deliver or Step.DeliverAgain when _messages.Count > 0:
                    OnMessage(_messages[pick % _messages.Count]);
                    Remove(_messages, pick, step == Step.Deliver);
                    break;
                case Step.Answer or Step.AnswerAgain when _answers.Count > 0:
                    OnAnswer(_answers[pick % _answers.Count]);
                    Remove(_answers, pick, step == Step.Answer);
                    break;
                case Step.LoseMessage:
                    Remove(_messages, pick, remove: true);
                    break;
                case Step.LoseAnswer:
                    Remove(_answers, pick, remove: true);
                    break;
                case Step.TimeOut:
                    _progress.Lost();
                    break;
                case Step.AppendToLeader:
                    _leader.Append(Entries(_leader.LastIndex + 1, Times(count, _term)));
                    break;
                case Step.FollowerWrites:
                    _answers.AddRange(_untilWritten);
                    _untilWritten.Clear();
                    break;
            }

            Check();
        }

        /// <summary>The network is good again: whatever happened before, the logs become equal, within a bounded number of round trips.</summary>
        public void Converge()
        {
            var rounds = 0;
            while (_progress.MatchIndex < _leader.LastIndex)
            {
                Assert.InRange(++rounds, 1, 100);
                if (!_progress.CanSend)
                {
                    _progress.Lost();
                }

                Send(1000);
                OnMessage(_messages[^1]);
                Take(Step.FollowerWrites, 0, 0);
                OnAnswer(_answers[^1]);
                Check();
            }

            Assert.Equal(AllOf(_leader.View), AllOf(_follower.View).Take((int)_leader.LastIndex), ReferenceEqualityComparer.Instance);
        }

        private void Send(int count)
        {
            var previous = _progress.NextIndex - 1;
            var entries = _leader.View.Slice(_progress.NextIndex, count, long.MaxValue);
            var sequence = _progress.Sent(previous + entries.Length, default);
            _messages.Add(new Message(sequence, previous, _leader.TermAt(previous)!.Value, entries));
        }

        private void OnMessage(Message message)
        {
            var match = LogMatching.Check(_follower.View, message.Previous, message.PreviousTerm, message.Entries);
            if (match.IsMatch && match.KnownEntries < message.Entries.Length)
            {
                var first = message.Entries[match.KnownEntries].Index;
                if (first <= _follower.LastIndex)
                {
                    _follower.TruncateFrom(first);
                }

                _follower.Append(message.Entries[match.KnownEntries..]);
            }

            (match.IsMatch ? _untilWritten : _answers).Add(new Answer(message.Sequence, match));
        }

        private void OnAnswer(Answer answer)
        {
            if (answer.Match.IsMatch)
            {
                _progress.Succeeded(answer.Sequence, answer.Match.MatchIndex);
            }
            else
            {
                var rejection = _progress.Rejected(answer.Sequence, _leader.View, answer.Match.ConflictTerm, answer.Match.ConflictIndex);
                Assert.NotEqual(Rejection.EntriesLost, rejection);
            }
        }

        private void Check()
        {
            Assert.InRange(_progress.NextIndex, _progress.MatchIndex + 1, _leader.LastIndex + 1);
            Assert.InRange(_progress.MatchIndex, 0, _follower.LastIndex);
            for (var index = 1L; index <= _progress.MatchIndex; index++)
            {
                Assert.Same(_leader[index], _follower[index]);
            }
        }

        private static void Remove<T>(List<T> list, int pick, bool remove)
        {
            if (remove && list.Count > 0)
            {
                list.RemoveAt(pick % list.Count);
            }
        }
    }
}
