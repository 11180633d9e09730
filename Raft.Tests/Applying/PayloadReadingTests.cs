using Raft.Actors.Applying;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Applying;

public sealed class PayloadReadingTests
{
    private static readonly PayloadCodec Codec = new([]);
    private static readonly EncodedPayload Unreadable = new(PayloadFormat.Hyperion, new byte[] { 255, 1, 2, 3 });

    private readonly PayloadReading _reading = new(Codec);

    [Fact]
    public void A_command_of_bytes_is_given_as_it_is()
    {
        var command = _reading.CommandOf(LogBuilder.Entry(5, 2, "text"), version: 3);

        Assert.Equal((5, 2, 3), (command.Index, command.Term, command.Version));
        Assert.Equal("text"u8.ToArray(), command.Bytes.ToArray());
        Assert.Null(command.Value);
    }

    [Fact]
    public void A_command_that_is_an_object_is_decoded()
    {
        var command = _reading.CommandOf(LogBuilder.Entry(5, 2) with { Data = Codec.Encode("text") }, version: 0);

        Assert.Equal("text", command.Value);
        Assert.True(command.Bytes.IsEmpty);
    }

    [Fact]
    public void A_command_that_cannot_be_read_is_no_command() =>
        Assert.Throws<PayloadException>(
            () => _reading.CommandOf(LogBuilder.Entry(5, 2) with { Data = Unreadable }, version: 0));

    [Fact]
    public void A_query_is_bytes_or_an_object()
    {
        Assert.Equal("text", _reading.QueryOf(Codec.Encode("text")));
        Assert.Equal("text", _reading.QueryOf("text"));
        Assert.Equal([1, 2], Assert.IsType<ReadOnlyMemory<byte>>(_reading.QueryOf(new byte[] { 1, 2 })).ToArray());
        Assert.Throws<PayloadException>(() => _reading.QueryOf(Unreadable));
        Assert.Throws<PayloadException>(() => _reading.QueryOf(Codec.Encode(null)));
    }

    [Fact]
    public void A_kept_answer_is_decoded_and_any_other_left_alone()
    {
        var entry = LogBuilder.Entry(5, 2);
        var fresh = new Applied(5, 2, new object());

        Assert.Equal(new Applied(5, 2, "text"), _reading.Readable(new Applied(5, 2, Codec.Encode("text")), entry));
        Assert.Same(fresh, _reading.Readable(fresh, entry));
    }

    [Fact]
    public void A_kept_answer_that_cannot_be_read_counts_as_not_kept()
    {
        var entry = LogBuilder.Entry(5, 2) with { Session = new CommandSession(4, 9, 8) };

        Assert.Equal(new AnswerNotKept(4, 9, Outcome.Done), _reading.Readable(new Applied(3, 2, Unreadable), entry));
    }
}
