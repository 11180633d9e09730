using System.Text;
using CsCheck;
using Raft.Actors.StateMachine;
using Raft.Host.KeyValue;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

public sealed class KeyValueStateMachineTests
{
    private static readonly Gen<KeyValueCondition> AnyCondition = Gen.OneOf(
        Gen.Const(KeyValueCondition.None),
        Gen.Const(KeyValueCondition.Absent),
        Gen.Const(KeyValueCondition.Present),
        Gen.Long[1, 40].Select(KeyValueCondition.VersionIs),
        Gen.Byte[0, 3].Select(static value => KeyValueCondition.ValueIs(new[] { value })));

    private static readonly Gen<KeyValueCommand> AnyCommand = Gen.Select(
        Gen.Bool, Gen.Byte[0, 5].Array[1, 2], Gen.Byte[0, 3], AnyCondition,
        static (put, key, value, condition) =>
            put ? KeyValueCommand.Put(key, new[] { value }, condition) : KeyValueCommand.Delete(key, condition));

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void The_state_machine_matches_a_dictionary_and_a_snapshot_restores_all_of_it() => AnyCommand.Array[0, 60].TryEach(commands =>
    {
        var machine = new KeyValueStateMachine();
        var model = new SortedDictionary<string, (byte[] Value, long Version)>(StringComparer.Ordinal);
        for (var i = 0; i < commands.Length; i++)
        {
            var index = i + 1;
            var result = Apply(machine, commands[i], index);
            Assert.Equal(ApplyToModel(model, commands[i], index), result);
        }

        var restored = new KeyValueStateMachine();
        Restore(restored, Blocks(machine.TakeSnapshot()));
        foreach (var copy in new[] { machine, restored })
        {
            var list = Assert.IsType<KeyValueAnswer.KeyList>(Ask(copy, KeyValueQuery.List(default, default, 1000)));
            Assert.Equal(model.Select(static pair => (pair.Key, pair.Value.Version)), list.Entries.Select(static entry => (Hex(entry.Key), entry.Version)));
            Assert.Equal(
                new KeyValueAnswer.Count(model.Count, model.Sum(static pair => (pair.Key.Length / 2) + pair.Value.Value.Length)),
                Ask(copy, KeyValueQuery.Count()));
            foreach (var (key, expected) in model)
            {
                var value = Assert.IsType<KeyValueAnswer.Value>(Ask(copy, KeyValueQuery.Get(Convert.FromHexString(key))));
                Assert.Equal(expected.Version, value.Version);
                Assert.Equal(expected.Value, value.Bytes.ToArray());
            }
        }
    });

    [Fact]
    public void A_snapshot_does_not_show_what_came_after_it()
    {
        var machine = new KeyValueStateMachine();
        Apply(machine, KeyValueCommand.Put("a"u8.ToArray(), "1"u8.ToArray()), 1);
        using var snapshot = machine.TakeSnapshot();
        Apply(machine, KeyValueCommand.Put("a"u8.ToArray(), "2"u8.ToArray()), 2);
        Apply(machine, KeyValueCommand.Put("b"u8.ToArray(), "2"u8.ToArray()), 3);

        var restored = new KeyValueStateMachine();
        Restore(restored, Blocks(snapshot));

        Assert.Equal(new KeyValueAnswer.Count(1, 2), Ask(restored, KeyValueQuery.Count()));
        Assert.Equal(1, Assert.IsType<KeyValueAnswer.Value>(Ask(restored, KeyValueQuery.Get("a"u8.ToArray()))).Version);
    }

    [Fact]
    public void A_snapshot_is_the_same_bytes_on_every_replica()
    {
        var one = new KeyValueStateMachine();
        var other = new KeyValueStateMachine();
        Apply(one, KeyValueCommand.Put("a"u8.ToArray(), default), 1);
        Apply(one, KeyValueCommand.Put("b"u8.ToArray(), default), 2);
        Apply(other, KeyValueCommand.Put("b"u8.ToArray(), default), 2);
        Apply(other, KeyValueCommand.Put("a"u8.ToArray(), default), 1);

        Assert.Equal(Blocks(one.TakeSnapshot()), Blocks(other.TakeSnapshot()));
    }

    [Fact]
    public void A_damaged_snapshot_is_refused_and_leaves_the_state_alone()
    {
        var machine = new KeyValueStateMachine();
        Apply(machine, KeyValueCommand.Put("a"u8.ToArray(), "1"u8.ToArray()), 1);
        var good = Blocks(machine.TakeSnapshot());
        Assert.Equal(2, good.Length);

        Assert.Throws<InvalidDataException>(() => Restore(machine, []));
        Assert.Throws<InvalidDataException>(() => Restore(machine, good[..1]));
        Assert.Throws<InvalidDataException>(() => Restore(machine, good[1..]));
        Assert.Throws<InvalidDataException>(() => Restore(machine, [.. good, good[1]]));
        for (var block = 0; block < good.Length; block++)
        {
            for (var length = 0; length < good[block].Length; length++)
            {
                byte[][] cut = [.. good];
                cut[block] = good[block][..length];
                Assert.Throws<InvalidDataException>(() => Restore(machine, cut));
            }

            byte[][] longer = [.. good];
            longer[block] = [.. good[block], 0];
            Assert.Throws<InvalidDataException>(() => Restore(machine, longer));
        }

        Assert.Equal(new KeyValueAnswer.Count(1, 2), Ask(machine, KeyValueQuery.Count()));
    }

    [Fact]
    public void A_malformed_command_is_a_result_and_changes_nothing()
    {
        var machine = new KeyValueStateMachine();

        foreach (var bytes in new byte[][] { [], [2], [1, 9], "nonsense"u8.ToArray() })
        {
            var result = KeyValueResult.Decode((byte[])machine.Apply(new Command(1, 1, bytes, null, default, 0))!);
            Assert.Equal(KeyValueResultKind.Malformed, result!.Kind);
        }

        Assert.Equal(
            KeyValueResultKind.Malformed, KeyValueResult.Decode((byte[])machine.Apply(new Command(1, 1, default, "text", default, 0))!)!.Kind);
        Assert.Equal(new KeyValueAnswer.Count(0, 0), Ask(machine, KeyValueQuery.Count()));
    }

    [Fact]
    public void Stored_values_do_not_keep_the_logs_memory()
    {
        var machine = new KeyValueStateMachine();
        var bytes = KeyValueCommandCodec.Encode(KeyValueCommand.Put("a"u8.ToArray(), "1"u8.ToArray()));
        machine.Apply(new Command(1, 1, bytes, null, default, 0));

        Array.Clear(bytes);

        Assert.Equal("1"u8, Assert.IsType<KeyValueAnswer.Value>(Ask(machine, KeyValueQuery.Get("a"u8.ToArray()))).Bytes.Span);
    }

    [Fact]
    public void A_list_is_bounded_by_its_bytes_too()
    {
        var machine = new KeyValueStateMachine();
        for (var i = 1; i <= 3; i++)
        {
            Apply(machine, KeyValueCommand.Put(Encoding.ASCII.GetBytes(new string((char)('a' + i), 700_000)), default), i);
        }

        var list = Assert.IsType<KeyValueAnswer.KeyList>(Ask(machine, KeyValueQuery.List(default, default, 10)));

        Assert.Single(list.Entries);
        Assert.True(list.Truncated);
    }

    [Fact]
    public void A_snapshot_of_large_values_has_blocks_of_bounded_size()
    {
        var machine = new KeyValueStateMachine();
        for (var i = 1; i <= 3; i++)
        {
            Apply(machine, KeyValueCommand.Put(new[] { (byte)i }, new byte[KeyValueLimits.MaxValueBytes]), i);
        }

        var blocks = Blocks(machine.TakeSnapshot());
        var restored = new KeyValueStateMachine();
        Restore(restored, blocks);

        Assert.All(blocks, static block => Assert.InRange(block.Length, 1, IStateMachineSnapshot.MaxBlockBytes));
        Assert.Equal(new KeyValueAnswer.Count(3, (3L * KeyValueLimits.MaxValueBytes) + 3), Ask(restored, KeyValueQuery.Count()));
    }

    [Fact]
    public void A_restore_that_is_given_up_changes_nothing()
    {
        var machine = new KeyValueStateMachine();
        Apply(machine, KeyValueCommand.Put("a"u8.ToArray(), "1"u8.ToArray()), 1);
        using (var restore = machine.BeginRestore())
        {
            restore.Add(Blocks(new KeyValueStateMachine().TakeSnapshot())[0]);
        }

        Assert.Equal(new KeyValueAnswer.Count(1, 2), Ask(machine, KeyValueQuery.Count()));
    }

    private static KeyValueResult ApplyToModel(SortedDictionary<string, (byte[] Value, long Version)> model, KeyValueCommand command, long index)
    {
        var key = Hex(command.Key);
        var existed = model.TryGetValue(key, out var current);
        var holds = command.Condition.Kind switch
        {
            ConditionKind.None => true,
            ConditionKind.Absent => !existed,
            ConditionKind.Present => existed,
            ConditionKind.Version => existed && current.Version == command.Condition.Version,
            _ => existed && current.Value.SequenceEqual(command.Condition.Value.ToArray()),
        };
        if (!holds)
        {
            return new KeyValueResult(KeyValueResultKind.ConditionFailed, existed, existed ? current.Version : 0);
        }

        if (command.Kind == KeyValueCommandKind.Delete)
        {
            model.Remove(key);
            return new KeyValueResult(KeyValueResultKind.Deleted, existed, 0);
        }

        model[key] = (command.Value.ToArray(), index);
        return new KeyValueResult(KeyValueResultKind.Written, existed, index);
    }

    private static KeyValueResult Apply(KeyValueStateMachine machine, KeyValueCommand command, long index) =>
        KeyValueResult.Decode((byte[])machine.Apply(new Command(index, 1, KeyValueCommandCodec.Encode(command), null, default, 0))!)!;

    private static KeyValueAnswer? Ask(KeyValueStateMachine machine, KeyValueQuery query) =>
        KeyValueAnswer.Decode((byte[])machine.Query((ReadOnlyMemory<byte>)query.Encode())!);

    /// <summary>Copies, for a snapshot may use its buffer again.</summary>
    private static byte[][] Blocks(IStateMachineSnapshot snapshot) => [.. snapshot.Blocks().Select(static block => block.ToArray())];

    private static void Restore(KeyValueStateMachine machine, byte[][] blocks)
    {
        using var restore = machine.BeginRestore();
        foreach (var block in blocks)
        {
            // As the library does: the bytes are gone after the call.
            byte[] passing = [.. block];
            restore.Add(passing);
            Array.Clear(passing);
        }

        restore.Complete();
    }

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);
}
