using System.Collections.Immutable;
using CsCheck;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Log;

/// <summary>
/// A node that appends, replaces and votes beside a journal that writes one batch after another, and that may crash
/// between any two steps: whatever was said to be durable is what the journal brings back.
/// </summary>
public sealed class JournalQueueModelTests
{
    private static readonly Gen<(Step Step, int Amount)> Steps = Gen.Select(
        Gen.Enum<Step>(),
        Gen.Int[1, 6]);

    private enum Step
    {
        Append,
        Replace,
        Vote,
        WhenDurable,
        Begin,
        Complete,
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Durable_entries_survive_a_crash_at_any_point() =>
        Steps.List[1, 60].TryEach(
            static steps =>
            {
                var node = new Node();
                foreach (var (step, amount) in steps)
                {
                    node.Take(step, amount);
                    node.CheckDurableIndex();
                }

                node.FinishWriting();
            },
            inputs: 5000);

    private sealed class Node
    {
        private readonly JournalQueue _queue = new(maxEntriesPerEvent: 3, maxBytesPerEvent: 1000);
        private readonly List<LogEntry> _log = [];
        private readonly List<IJournalEvent> _journal = [];
        private ImmutableArray<IJournalEvent> _inFlight = [];
        private long _term = 1;
        private int _decisions;
        private int _decisionsBegun;
        private int _decisionsWritten;
        private int _waiting;
        private (LogEntry[] Log, long Term) _atBegin = ([], 1);

        public void Take(Step step, int amount)
        {
            switch (step)
            {
                case Step.Append:
                    AppendEntries(amount);
                    break;
                case Step.Replace when _log.Count > 0:
                    // A leader of a later term replaces a suffix.
                    Vote();
                    var from = Math.Max(1, _log.Count + 1 - amount);
                    _log.RemoveRange(from - 1, _log.Count - from + 1);
                    _queue.Truncated(from);
                    AppendEntries(amount);
                    break;
                case Step.Vote:
                    Vote();
                    break;
                case Step.WhenDurable:
                    var asked = _decisions;
                    _waiting++;
                    _queue.WhenDurable(() =>
                    {
                        _waiting--;
                        Assert.True(_decisionsWritten >= asked, $"an action of decision {asked} ran when {_decisionsWritten} were written");
                    });
                    break;
                case Step.Begin when _queue.TryBegin(default, out var events):
                    Assert.Empty(_inFlight);
                    Assert.NotEmpty(events);
                    _inFlight = events;
                    _decisionsBegun = _decisions;
                    _atBegin = ([.. _log], _term);
                    break;
                case Step.Complete when _queue.IsWriting:
                    _journal.AddRange(_inFlight);
                    _inFlight = [];
                    _decisionsWritten = _decisionsBegun;
                    var (replayed, term) = Replay(_journal);
                    Assert.Equal(_atBegin.Log, replayed, ReferenceEqualityComparer.Instance);
                    Assert.Equal(_atBegin.Term, Math.Max(1, term));
                    _queue.Complete();
                    break;
            }
        }

        /// <summary>A crash now, before or after the write in flight reached the disk, loses nothing up to the durable index.</summary>
        public void CheckDurableIndex()
        {
            Assert.InRange(_queue.DurableIndex, 0, _log.Count);
            Check(Replay(_journal).Log);
            Check(Replay([.. _journal, .. _inFlight]).Log);

            void Check(List<LogEntry> replayed)
            {
                for (var place = 0; place < _queue.DurableIndex; place++)
                {
                    Assert.Same(_log[place], replayed[place]);
                }
            }
        }

        public void FinishWriting()
        {
            while (!_queue.IsEmpty)
            {
                Take(Step.Begin, 0);
                Take(Step.Complete, 0);
                CheckDurableIndex();
            }

            Assert.Equal(0, _waiting);
            Assert.Equal(_log.Count, _queue.DurableIndex);
            Assert.Equal(_log, Replay(_journal).Log, ReferenceEqualityComparer.Instance);
        }

        private void AppendEntries(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var entry = Entry(_log.Count + 1, _term);
                _log.Add(entry);
                _queue.Add(entry);
            }

            _decisions++;
        }

        private void Vote()
        {
            _term++;
            _queue.Add(new HardStateChanged(_term, Server1));
            _decisions++;
        }

        /// <summary>As the node recovers (RaftNode.OnRecover).</summary>
        private static (List<LogEntry> Log, long Term) Replay(List<IJournalEvent> journal)
        {
            var log = new List<LogEntry>();
            var term = 0L;
            foreach (var written in journal)
            {
                switch (written)
                {
                    case HardStateChanged changed:
                        Assert.True(changed.Term > term);
                        term = changed.Term;
                        break;
                    case EntriesAppended appended:
                        Assert.InRange(appended.FirstIndex, 1, log.Count + 1);
                        Assert.InRange(appended.Entries.Length, 1, 3);
                        log.RemoveRange((int)appended.FirstIndex - 1, log.Count - (int)appended.FirstIndex + 1);
                        log.AddRange(appended.Entries);
                        break;
                }
            }

            return (log, term);
        }
    }
}
