using System.Text;
using CsCheck;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Snapshots;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Snapshots;

/// <summary>What becomes of the steps of a restore, entry by entry.</summary>
public sealed class StateReplacementTests
{
    private static readonly byte[] Content =
        [.. SnapshotFrames.Write([Bytes("library")], [], [Bytes("one"), Bytes("two")]).SelectMany(static piece => piece.ToArray())];

    private static readonly BeginRestore Begin = new(Content.Length, Crc32C.Of(Content));

    private readonly Machine _machine = new();
    private StateReplacement _replacement = new();
    private long _index;

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Pieces_of_any_size_make_the_state_whatever_is_repeated_and_wherever_a_snapshot_is_taken() =>
        Gen.Select(Gen.Int[1, 50].Array[1, 60], Gen.Int[0, 3].Array[60]).TryEach((lengths, disturbances) =>
        {
            var test = new StateReplacementTests();
            var begun = (RestoreBegun)test.Take(Begin);
            var offset = 0;
            for (var i = 0; offset < Content.Length; i++)
            {
                var length = Math.Min(lengths[i % lengths.Length], Content.Length - offset);
                var block = new RestoreBlock(begun.RestoreId, offset, Content.AsMemory(offset, length));
                offset += length;
                Assert.Equal(new RestoreBlockTaken(begun.RestoreId, offset), test.Take(block));
                switch (disturbances[i % disturbances.Length])
                {
                    case 1:
                        Assert.Equal(new RestoreBlockTaken(begun.RestoreId, offset), test.Take(block));
                        break;
                    case 2:
                        Assert.Equal(new RestoreBegun(begun.RestoreId, offset), test.Take(Begin));
                        break;
                    case 3:
                        test.WriteAndRead();
                        break;
                }
            }

            var restored = Assert.IsType<SnapshotRestored>(test.Complete(begun.RestoreId));
            test.WriteAndRead();
            Assert.Equal(restored, test.Complete(begun.RestoreId));
            Assert.Equal(["one", "two"], test._machine.State);
            Assert.Equal((1, 0), (test._machine.Restores, test._replacement.Bytes));
        });

    [Fact]
    public void An_abandoned_restore_is_given_up_and_lets_another_begin()
    {
        var first = (RestoreBegun)Take(Begin);
        Take(new RestoreBlock(first.RestoreId, 0, Content), time: 1000);
        Assert.IsType<RestoreRefused>(Take(new BeginRestore(7, 7), time: 1000 + StateReplacement.IdleTime));
        Assert.Equal(Content.Length, _replacement.Bytes);

        var second = Assert.IsType<RestoreBegun>(Take(new BeginRestore(7, 7), time: 1001 + StateReplacement.IdleTime));

        Assert.Equal(0, _replacement.Bytes);
        Assert.Equal(Outcome.NotDone, Assert.IsType<RestoreRefused>(Complete(first.RestoreId)).Outcome);
        Assert.NotEqual(first.RestoreId, second.RestoreId);
        Assert.Equal(0, _machine.Restores);
    }

    [Fact]
    public void Only_of_the_last_restore_it_is_known_whether_it_was_completed()
    {
        var first = (RestoreBegun)Take(Begin);
        Take(new RestoreBlock(first.RestoreId, 0, Content));
        Complete(first.RestoreId);
        var second = (RestoreBegun)Take(Begin);
        Take(new RestoreBlock(second.RestoreId, 0, Content));
        Complete(second.RestoreId);

        Assert.Equal(Outcome.Unknown, Assert.IsType<RestoreRefused>(Complete(first.RestoreId)).Outcome);
        Assert.Equal(2, _machine.Restores);
    }

    [Fact]
    public void A_piece_that_goes_beyond_the_end_is_not_taken()
    {
        var begun = (RestoreBegun)Take(Begin);

        Assert.Equal(new RestoreBlockTaken(begun.RestoreId, 0), Take(new RestoreBlock(begun.RestoreId, 0, new byte[Content.Length + 1])));
    }

    [Fact]
    public void A_restore_that_no_leader_has_checked_is_not_completed()
    {
        var begun = (RestoreBegun)Take(Begin);
        Take(new RestoreBlock(begun.RestoreId, 0, Content));

        Assert.IsType<RestoreRefused>(_replacement.Complete(Entry(new CompleteRestore(begun.RestoreId)), () => _machine.BeginRestore()));
        Assert.Equal(0, _machine.Restores);
        Assert.IsType<SnapshotRestored>(Complete(begun.RestoreId));
    }

    [Fact]
    public void A_check_changes_nothing_and_says_what_is_wrong()
    {
        var begun = (RestoreBegun)Take(Begin);
        Assert.IsType<Unavailable>(_replacement.Check(begun.RestoreId, _machine.BeginRestore, out _));
        Take(new RestoreBlock(begun.RestoreId, 0, Content));

        Assert.Null(_replacement.Check(begun.RestoreId, _machine.BeginRestore, out var isWhole));
        Assert.True(isWhole);
        var refused = _replacement.Check(begun.RestoreId, static () => new StreamRestore(static Action (_) => throw new InvalidDataException("bad")), out isWhole);

        Assert.Contains("bad", Assert.IsType<RestoreRefused>(refused).Reason, StringComparison.Ordinal);
        Assert.False(isWhole);
        Assert.Equal(0, _machine.Restores);
        Assert.Null(_replacement.Check(99, _machine.BeginRestore, out isWhole));
        Assert.False(isWhole);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private LogEntry Entry(RestoreRequest step) => new(
        ++_index,
        1,
        step switch { BeginRestore => EntryKind.BeginRestore, RestoreBlock => EntryKind.RestoreBlock, _ => EntryKind.CompleteRestore },
        RestoreFormat.Encode(step),
        default,
        0);

    private IRaftReply Take(RestoreRequest step, long time = 0)
    {
        _replacement.Advance(time);
        return _replacement.Take(Entry(step), time);
    }

    private IRaftReply Complete(long id) => _replacement.Complete(Entry(new CompleteRestore(id) { IsChecked = true }), () => _machine.BeginRestore());

    private void WriteAndRead()
    {
        var read = new StateReplacement();
        foreach (var block in _replacement.Write())
        {
            var bytes = block.ToArray();
            read.Read(bytes);
            bytes.AsSpan().Clear();
        }

        _replacement = read;
    }

    private sealed class Machine
    {
        public List<string> State { get; private set; } = [];

        public int Restores { get; private set; }

        public IStateMachineRestore BeginRestore() => new Restore(this);

        private sealed class Restore(Machine machine) : IStateMachineRestore
        {
            private readonly List<string> _state = [];

            public void Add(ReadOnlyMemory<byte> block) => _state.Add(Encoding.UTF8.GetString(block.Span));

            public void Complete() => (machine.State, machine.Restores) = (_state, machine.Restores + 1);

            public void Dispose()
            {
            }
        }
    }
}
