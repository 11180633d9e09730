using CsCheck;
using Google.Protobuf;
using Raft.Actors.Hosting.Tls;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Hosting.Tls;

/// <summary>A stream is cut into the frames that were written, however the bytes arrive.</summary>
public sealed class FrameBufferTests
{
    private const int MaxFrame = 300_000;

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Frames_come_out_as_they_went_in_however_they_are_cut() =>
        Gen.Select(Gen.OneOf(Gen.Int[0, 200], Gen.Int[0, MaxFrame]).Array[1, 6], Gen.Int[1, 100_000].Array[1, 20], Gen.Bool).TryEach(
            (lengths, cuts, littleEndian) =>
            {
                var payloads = lengths.Select(static (length, index) => Enumerable.Range(index, length).Select(static i => (byte)i).ToArray()).ToArray();
                var wire = new MemoryStream();
                var header = new byte[FrameBuffer.Header];
                foreach (var payload in payloads)
                {
                    FrameBuffer.WriteHeader(header, payload.Length, littleEndian);
                    wire.Write(header);
                    wire.Write(payload);
                }

                wire.Position = 0;
                var frames = new FrameBuffer(MaxFrame, littleEndian);
                var taken = new List<byte[]>();
                for (var step = 0; ; step++)
                {
                    var room = frames.Room;
                    Assert.NotEqual(0, room.Length);
                    var read = wire.Read(room.Span[..Math.Min(room.Length, cuts[step % cuts.Length])]);
                    if (read == 0)
                    {
                        break;
                    }

                    frames.Read(read);
                    while (frames.TryTake(out var payload))
                    {
                        taken.Add(payload.ToByteArray());
                    }
                }

                Assert.Equal(payloads, taken);
            },
            inputs: 200);

    [Theory]
    [InlineData(-1)]
    [InlineData(MaxFrame + 1)]
    public void A_length_that_cannot_be_is_refused_before_memory_is_taken_for_it(int length)
    {
        var frames = new FrameBuffer(MaxFrame, littleEndian: true);
        FrameBuffer.WriteHeader(frames.Room.Span, length, littleEndian: true);
        frames.Read(FrameBuffer.Header);
        Assert.Throws<InvalidDataException>(() => frames.TryTake(out ByteString _));
    }
}
