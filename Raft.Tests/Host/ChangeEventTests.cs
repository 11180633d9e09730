using System.Buffers;
using System.Text;
using Raft.Actors.Model;
using Raft.Host.Http;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>A change as an event is the same in pieces as in one, and no piece is large.</summary>
public sealed class ChangeEventTests
{
    private const int MiB = 1024 * 1024;

    // A byte of a key takes three characters, and three bytes of a value four.
    private const int LargestPiece = (3 * ChangeEvent.PieceBytes) + (2 * ChangeEvent.PieceBytes);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(1, ChangeEvent.PieceBytes)]
    [InlineData(1, ChangeEvent.PieceBytes + 1)]
    [InlineData(ChangeEvent.PieceBytes, 5)]
    [InlineData(ChangeEvent.PieceBytes + 1, 5)]
    [InlineData(MiB, MiB)]
    public void A_put_of_any_size_is_one_whole_event(int keyBytes, int valueBytes)
    {
        var key = Enumerable.Range(0, keyBytes).Select(static i => (byte)i).ToArray();
        var value = Enumerable.Range(0, valueBytes).Select(static i => (byte)(i * 7)).ToArray();

        Assert.Equal(
            $"id: 9\nevent: put\ndata: {{\"index\":9,\"key\":\"{PercentEncoding.Encode(key)}\","
            + $"\"value\":\"{Convert.ToBase64String(value)}\"}}\n\n",
            Written(new KeyChange(9, key, value)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(MiB)]
    public void A_delete_of_any_size_is_one_whole_event(int keyBytes)
    {
        var key = new byte[keyBytes];

        Assert.Equal(
            $"id: 9\nevent: delete\ndata: {{\"index\":9,\"key\":\"{PercentEncoding.Encode(key)}\"}}\n\n",
            Written(new KeyChange(9, key, null)));
    }

    private static string Written(KeyChange change)
    {
        var cursor = new ChangeEvent();
        var text = new StringBuilder();
        Assert.False(cursor.IsInside);
        while (true)
        {
            var piece = new ArrayBufferWriter<byte>();
            var isLast = cursor.Write(piece, change);
            Assert.InRange(piece.WrittenCount, 1, LargestPiece);
            text.Append(Encoding.ASCII.GetString(piece.WrittenSpan));
            Assert.Equal(!isLast, cursor.IsInside);
            if (isLast)
            {
                return text.ToString();
            }
        }
    }
}
