using System.Collections.Immutable;
using CsCheck;
using Raft.Host.KeyValue;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

public sealed class KeyValueCodecTests
{
    private static readonly Gen<KeyValueCondition> AnyCondition = Gen.OneOf(
        Gen.Const(KeyValueCondition.None),
        Gen.Const(KeyValueCondition.Absent),
        Gen.Const(KeyValueCondition.Present),
        Gen.Long.Select(KeyValueCondition.VersionIs),
        Gen.Byte.Array[0, 30].Select(static value => KeyValueCondition.ValueIs(value)));

    private static readonly Gen<KeyValueCommand> AnyCommand = Gen.Select(
        Gen.Bool, Gen.Byte.Array[1, 30], Gen.Byte.Array[0, 30], AnyCondition,
        static (put, key, value, condition) => put ? KeyValueCommand.Put(key, value, condition) : KeyValueCommand.Delete(key, condition));

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void A_command_comes_back_as_it_was() => AnyCommand.TryEach(command =>
    {
        Assert.True(KeyValueCommandCodec.TryDecode(KeyValueCommandCodec.Encode(command), out var decoded, out _));
        Assert.Equal(command, decoded);
    });

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void A_command_that_is_cut_off_or_has_something_behind_it_is_refused() => AnyCommand.TryEach(command =>
    {
        var bytes = KeyValueCommandCodec.Encode(command);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(KeyValueCommandCodec.TryDecode(bytes.AsMemory(0, length), out _, out var error));
            Assert.NotEmpty(error);
        }

        Assert.False(KeyValueCommandCodec.TryDecode((byte[])[.. bytes, 0], out _, out _));
    });

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Any_bytes_can_be_decoded_without_an_exception() => Gen.Byte.Array[0, 60].TryEach(static bytes =>
    {
        if (KeyValueCommandCodec.TryDecode(bytes, out var command, out _))
        {
            Assert.Equal(bytes, KeyValueCommandCodec.Encode(command));
        }

        _ = KeyValueResult.Decode(bytes);
        _ = KeyValueAnswer.Decode(bytes);
    });

    [Fact]
    public void Limits_are_held_to()
    {
        const int Key = KeyValueLimits.MaxKeyBytes;
        const int Value = KeyValueLimits.MaxValueBytes;
        const int Expected = KeyValueLimits.MaxExpectedValueBytes;

        Assert.True(Fits(Key, Value, Expected));
        Assert.False(Fits(0, 1, 1));
        Assert.False(Fits(Key + 1, Value, Expected));
        Assert.False(Fits(Key, Value + 1, Expected));
        Assert.False(Fits(Key, Value, Expected + 1));
        var largest = KeyValueCommand.Put(new byte[Key], new byte[Value], KeyValueCondition.ValueIs(new byte[Expected]));
        Assert.True(KeyValueCommandCodec.Encode(largest).Length <= KeyValueLimits.MaxCommandBytes);

        static bool Fits(int key, int value, int expected) => KeyValueCommandCodec.TryDecode(
            KeyValueCommandCodec.Encode(KeyValueCommand.Put(new byte[key], new byte[value], KeyValueCondition.ValueIs(new byte[expected]))), out _, out _);
    }

    [Fact]
    public void The_command_format_is_what_logs_hold()
    {
        var put = KeyValueCommand.Put("k"u8.ToArray(), "v"u8.ToArray(), KeyValueCondition.VersionIs(258));

        Assert.Equal("01010301000000" + "6B" + "0201000000000000" + "0100000076", Convert.ToHexString(KeyValueCommandCodec.Encode(put)));
        Assert.Equal("010200010000006B", Convert.ToHexString(KeyValueCommandCodec.Encode(KeyValueCommand.Delete("k"u8.ToArray()))));
    }

    [Fact]
    public void Results_and_answers_come_back_as_they_were()
    {
        var result = new KeyValueResult(KeyValueResultKind.ConditionFailed, true, 17, "why");
        Assert.Equal(result, KeyValueResult.Decode(result.Encode()));
        var count = new KeyValueAnswer.Count(3, 77);
        Assert.Equal(count, KeyValueAnswer.Decode(count.Encode()));
        var value = Assert.IsType<KeyValueAnswer.Value>(KeyValueAnswer.Decode(new KeyValueAnswer.Value(9, "v"u8.ToArray()).Encode()));
        Assert.Equal((9L, "v"), (value.Version, System.Text.Encoding.ASCII.GetString(value.Bytes.Span)));
        var keys = Assert.IsType<KeyValueAnswer.KeyList>(KeyValueAnswer.Decode(
            new KeyValueAnswer.KeyList(ImmutableArray.Create(new ListedKey("a"u8.ToArray(), 1)), true).Encode()));
        Assert.True(keys.Truncated);
        Assert.Equal(1, Assert.Single(keys.Entries).Version);
    }

    [Fact]
    public void A_query_that_makes_no_sense_is_an_error() =>
        Assert.Throws<FormatException>(() => KeyValueQuery.Decode(new byte[] { 1, 9 }));
}
