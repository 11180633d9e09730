using CsCheck;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Serialization;

public sealed class PayloadCodecTests
{
    private static readonly PayloadCodec Codec = new(
    [
        typeof(Deposit), typeof(Account), typeof(Everything), typeof(Point), typeof(Holder), typeof(Node), typeof(Derived),
        typeof(Circle), typeof(Shapes), typeof(OwnList), typeof(Strings),
    ]);

    public static TheoryData<string> Values => [.. PayloadSamples.Objects.Keys];

    [Theory]
    [MemberData(nameof(Values))]
    public void Carries(string name)
    {
        var value = PayloadSamples.Objects[name];
        var encoded = Codec.Encode(value);
        Assert.Equal(PayloadFormat.Hyperion, encoded.Format);
        var decoded = Codec.Decode(encoded);
        Assert.Equal(value.GetType(), decoded!.GetType());
        Assert.Equal(Dump.Of(value), Dump.Of(decoded));
    }

    [Fact]
    public void Null_and_bytes_are_carried_as_they_are()
    {
        var bytes = new byte[] { 1, 2 };
        Assert.Equal(PayloadFormat.Null, Codec.Encode(null).Format);
        Assert.Null(Codec.Decode(Codec.Encode(null)));
        Assert.Equal(new EncodedPayload(PayloadFormat.Bytes, bytes), Codec.Encode(bytes));
        Assert.Equal(new ReadOnlyMemory<byte>(bytes), Codec.Decode(Codec.Encode(new ReadOnlyMemory<byte>(bytes))));
        var encoded = Codec.Encode("x");
        Assert.Equal(encoded, Codec.Encode(encoded));
        Assert.Throws<PayloadException>(() => Codec.Decode(new EncodedPayload((PayloadFormat)9, bytes)));
    }

    [Fact]
    public void An_unlisted_type_is_not_written_and_the_message_says_what_to_do()
    {
        var failure = Assert.Throws<PayloadException>(() => Codec.Encode(new Unlisted("x")));
        Assert.Contains("Raft.Tests.Serialization.Unlisted, Raft.Tests", failure.Message, StringComparison.Ordinal);
        Assert.Contains("raft.types", failure.Message, StringComparison.Ordinal);
        Assert.Throws<PayloadException>(() => Codec.Encode(Guid.Empty));
        Assert.Throws<PayloadException>(() => Codec.Encode(new object()));
        Assert.Throws<PayloadException>(() => Codec.Encode(typeof(Deposit)));
    }

    [Fact]
    public void An_unlisted_type_within_a_listed_one_is_not_written()
    {
        var failure = Assert.Throws<PayloadException>(() => Codec.Encode(new Holder(new Unlisted("x"))));
        Assert.Contains("Raft.Tests.Serialization.Unlisted", failure.Message, StringComparison.Ordinal);
        Assert.Throws<PayloadException>(() => Codec.Encode(new Holder(typeof(string))));
        Assert.Throws<PayloadException>(() => Codec.Encode(new Holder(new Action(() => { }))));
        Assert.Throws<PayloadException>(() => Codec.Encode(new Holder(new InvalidOperationException("x"))));
    }

    [Fact]
    public void An_unlisted_type_is_refused_on_arrival_nested_too()
    {
        var other = new PayloadCodec([typeof(Unlisted), typeof(Holder), typeof(Deposit)]);
        Assert.Throws<PayloadException>(() => Codec.Decode(other.Encode(new Unlisted("x"))));
        Assert.Throws<PayloadException>(() => Codec.Decode(other.Encode(new List<Unlisted> { new("x") })));
        var failure = Assert.Throws<PayloadException>(() => Codec.Decode(other.Encode(new Holder(new Unlisted("x")))));
        Assert.Contains("Raft.Tests.Serialization.Unlisted", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new Holder(new Deposit("a", 1)), Codec.Decode(other.Encode(new Holder(new Deposit("a", 1)))));

        // Hyperion's byte for a bare object, which nobody can send as a whole.
        Assert.Throws<PayloadException>(() => Codec.Decode(new EncodedPayload(PayloadFormat.Hyperion, new byte[] { 1 })));
    }

    [Fact]
    public void Hyperions_own_filter_refuses_an_unlisted_type_as_well()
    {
        var types = new PayloadTypes([typeof(Deposit)]);
        Assert.True(types.IsAllowed(PayloadShape.NameOf(typeof(Deposit))));
        Assert.True(types.IsAllowed(typeof(Deposit).AssemblyQualifiedName!));
        Assert.False(types.IsAllowed(PayloadShape.NameOf(typeof(Unlisted))));
        Assert.False(types.IsAllowed("System.Diagnostics.Process, System.Diagnostics.Process"));
    }

    [Fact]
    public void A_list_in_another_order_or_grown_reads_what_was_written()
    {
        var first = new PayloadCodec([typeof(Deposit), typeof(Account)]);
        var reordered = new PayloadCodec([typeof(Account), typeof(Deposit)]);
        var grown = new PayloadCodec([typeof(Account), typeof(Circle), typeof(Deposit), typeof(Everything)]);
        foreach (var value in new object[] { new Deposit("a", 7), new Account("a", [new Deposit("b", 1)]) })
        {
            var encoded = first.Encode(value);
            Assert.Equal(Convert.ToHexString(encoded.Bytes.Span), Convert.ToHexString(grown.Encode(value).Bytes.Span));
            Assert.Equal(Dump.Of(value), Dump.Of(reordered.Decode(encoded)));
            Assert.Equal(Dump.Of(value), Dump.Of(grown.Decode(encoded)));
        }
    }

    [Theory]
    [InlineData("09FFFFFF7F")]
    [InlineData("07FFFFFFFF70")]
    [InlineData("FC08FFFFFF1F")]
    [InlineData("FC07FFFFFF7F")]
    [InlineData("FC02FFFFFFFF")]
    [InlineData("FFFFFFFF7F")]
    [InlineData("FBFFFFFF7F")]
    [InlineData("10FFFFFFFF7F")]
    public void A_hostile_length_costs_nothing(string hex)
    {
        var payload = new EncodedPayload(PayloadFormat.Hyperion, Convert.FromHexString(hex));
        Assert.Throws<PayloadException>(() => Codec.Decode(payload));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<PayloadException>(() => Codec.Decode(payload));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Theory]
    [InlineData("array of records")]
    [InlineData("list of records")]
    [InlineData("immutable list")]
    [InlineData("everything")]
    public void A_hostile_count_anywhere_costs_little(string name)
    {
        var bytes = Codec.Encode(PayloadSamples.Objects[name]).Bytes.ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var place = 0; place <= bytes.Length - 4; place++)
        {
            byte[] damaged = [.. bytes];
            damaged.AsSpan(place, 4).Fill(0x7F);
            ReadsOrRefuses(damaged);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000L * bytes.Length);
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Garbage_is_refused_by_the_one_exception() =>
        Gen.Byte.Array[0, 100].TryEach(static bytes => { ReadsOrRefuses(bytes); }, inputs: 20_000);

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Damaged_objects_are_refused_by_the_one_exception()
    {
        var encoded = PayloadSamples.Objects.Values.Select(static value => Codec.Encode(value).Bytes.ToArray()).Where(static bytes => bytes.Length < 5000).ToArray();
        Gen.Select(Gen.Int[0, encoded.Length - 1], Gen.Int[0, 10_000], Gen.Byte, Gen.Bool).TryEach(
            (which, place, value, truncate) =>
            {
                byte[] bytes = [.. encoded[which]];
                if (truncate)
                {
                    bytes = bytes[..(place % bytes.Length)];
                    Assert.False(ReadsOrRefuses(bytes));
                    return;
                }

                bytes[place % bytes.Length] = value;
                ReadsOrRefuses(bytes);
            },
            inputs: 20_000);
    }

    [Fact]
    public void Nesting_is_bounded_alike_when_writing_and_when_reading()
    {
        var deep = Nested(PayloadInspector.MaxDepth);
        Assert.Equal(deep, Codec.Decode(Codec.Encode(deep)));
        Assert.Throws<PayloadException>(() => Codec.Encode(Nested(PayloadInspector.MaxDepth + 1)));

        // 100 KB that would have Hyperion call itself until the process ends.
        var start = Codec.Encode(new Node(0, null)).Bytes.ToArray()[..^1];
        byte[] hostile = [.. start, .. Enumerable.Repeat(new byte[] { 254, 0, 0, 0, 0, 0, 0 }, 15_000).SelectMany(static bytes => bytes), 0];
        Assert.Throws<PayloadException>(() => Codec.Decode(new EncodedPayload(PayloadFormat.Hyperion, hostile)));
    }

    [Fact]
    public void An_object_that_holds_itself_does_not_end_the_process()
    {
        var list = new List<object>();
        list.Add(list);
        var codec = new PayloadCodec([typeof(List<object>)], int.MaxValue);
        Assert.Throws<PayloadException>(() => codec.Encode(list));
    }

    [Fact]
    public void An_object_that_is_too_large_is_refused_with_its_size()
    {
        var codec = new PayloadCodec([], 1000);
        Assert.Equal(1000, codec.Encode(new string('x', 994)).Length);
        var failure = Assert.Throws<PayloadException>(() => codec.Encode(new string('x', 1995)));
        Assert.Equal(2001, failure.Size);
        Assert.Equal(5000, codec.Encode(new byte[5000]).Length);
        Assert.Equal(new string('x', 1995), codec.Decode(Codec.Encode(new string('x', 1995))));
    }

    [Fact]
    public void Many_threads_may_use_a_codec_that_is_new()
    {
        for (var round = 0; round < 5; round++)
        {
            var codec = new PayloadCodec([typeof(Deposit), typeof(Account), typeof(Everything)]);
            Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, place =>
            {
                object value = (place % 3) switch
                {
                    0 => new Deposit("a", place),
                    1 => new Account("a", [new Deposit("b", place)]),
                    _ => Everything.Sample,
                };
                Assert.Equal(Dump.Of(value), Dump.Of(codec.Decode(codec.Encode(value))));
            });
        }
    }

    [Fact]
    public void Types_are_found_by_their_names()
    {
        var types = PayloadCodec.ResolveTypes(["Raft.Tests.Serialization.Deposit, Raft.Tests", "System.String"]);
        Assert.Equal<Type[]>([typeof(Deposit), typeof(string)], [.. types]);
        var failure = Assert.Throws<RaftConfigurationException>(() => PayloadCodec.ResolveTypes(["Bank.Gone, Raft.Tests"]));
        Assert.Contains("raft.types", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Bank.Gone", failure.Message, StringComparison.Ordinal);
        Assert.Throws<RaftConfigurationException>(() => PayloadCodec.ResolveTypes([""]));
        Assert.Throws<RaftConfigurationException>(() => PayloadCodec.ResolveTypes(["No.Such, Assembly.At.All"]));
    }

    [Theory]
    [InlineData(typeof(Action))]
    [InlineData(typeof(IDisposable))]
    [InlineData(typeof(Type))]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(List<>))]
    [InlineData(typeof(int[,]))]
    [InlineData(typeof(Span<int>))]
    public void A_type_that_cannot_be_carried_is_an_error_in_the_settings(Type type)
    {
        var failure = Assert.Throws<RaftConfigurationException>(() => new PayloadCodec([type]));
        Assert.Contains("raft.types", failure.Message, StringComparison.Ordinal);
    }

    private static Node? Nested(int depth)
    {
        Node? node = null;
        for (var i = 0; i < depth; i++)
        {
            node = new Node(i, node);
        }

        return node;
    }

    private static bool ReadsOrRefuses(byte[] bytes)
    {
        try
        {
            Codec.Decode(new EncodedPayload(PayloadFormat.Hyperion, bytes));
            return true;
        }
        catch (PayloadException)
        {
            return false;
        }
    }
}
