using System.Buffers.Binary;
using Google.Protobuf;

namespace Raft.Actors.Hosting.Tls;

/// <summary>Cuts a stream into Akka.Remote's frames: four bytes of length, then the payload.</summary>
/// <param name="maxFrame">A longer frame is refused.</param>
/// <param name="littleEndian">The order of the length's bytes.</param>
internal sealed class FrameBuffer(int maxFrame, bool littleEndian)
{
    /// <summary>The bytes of a frame's length.</summary>
    public const int Header = 4;

    private const int Size = 64 * 1024;

    private byte[] _bytes = new byte[Size];
    private int _start;
    private int _end;

    /// <summary>Where the next bytes are read to; never empty.</summary>
    public Memory<byte> Room
    {
        get
        {
            MakeRoom();
            return _bytes.AsMemory(_end);
        }
    }

    /// <summary>Takes up bytes that were read into <see cref="Room"/>.</summary>
    public void Read(int count) => _end += count;

    /// <summary>Takes the next frame if all of it is there.</summary>
    /// <exception cref="InvalidDataException">What has been read is no frame, or too long.</exception>
    public bool TryTake(out ByteString payload)
    {
        payload = ByteString.Empty;
        if (_end - _start < Header || NextLength() is var length && _end - _start - Header < length)
        {
            return false;
        }

        payload = ByteString.CopyFrom(_bytes.AsSpan(_start + Header, length));
        _start += Header + length;
        return true;
    }

    /// <summary>Writes a frame's length.</summary>
    public static void WriteHeader(Span<byte> header, int length, bool littleEndian)
    {
        if (littleEndian)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header, length);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(header, length);
        }
    }

    private int NextLength()
    {
        var header = _bytes.AsSpan(_start, Header);
        var length = littleEndian ? BinaryPrimitives.ReadInt32LittleEndian(header) : BinaryPrimitives.ReadInt32BigEndian(header);
        return length >= 0 && length <= maxFrame
            ? length
            : throw new InvalidDataException($"it sent a frame of {length} bytes, and maximum-frame-size is {maxFrame}");
    }

    private void MakeRoom()
    {
        var filled = _end - _start;
        var needed = filled >= Header ? Math.Max(Size, Header + NextLength()) : Size;
        if (needed != _bytes.Length)
        {
            // A long frame gets a buffer of its size, which goes when the frame is taken.
            var other = new byte[needed];
            _bytes.AsSpan(_start, filled).CopyTo(other);
            (_bytes, _start, _end) = (other, 0, filled);
        }
        else if (_start > 0)
        {
            _bytes.AsSpan(_start, filled).CopyTo(_bytes);
            (_start, _end) = (0, filled);
        }
    }
}
