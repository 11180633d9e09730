using System.Runtime.CompilerServices;

namespace Raft.Actors.Serialization;

/// <summary>
/// What Hyperion writes into: keeps up to a limit, counts on beyond it, and stops a walk through an object that goes
/// in circles before it overflows the stack.
/// </summary>
internal sealed class PayloadStream(int limit) : Stream
{
    private byte[] _buffer = new byte[Math.Min(256, limit)];

    /// <summary>How many bytes were written in all, those beyond the limit included.</summary>
    public long Written { get; private set; }

    /// <summary>What was written, up to the limit.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, (int)Math.Min(Written, limit));

    /// <inheritdoc />
    public override bool CanRead => false;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override long Length => Written;

    /// <inheritdoc />
    public override long Position
    {
        get => Written;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc />
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc />
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var end = Written + buffer.Length;
        if (end <= limit)
        {
            if (end > _buffer.Length)
            {
                Array.Resize(ref _buffer, (int)Math.Min(limit, Math.Max(end, _buffer.Length * 2L)));
            }

            buffer.CopyTo(_buffer.AsSpan((int)Written));
        }

        Written = end;
    }

    /// <inheritdoc />
    public override void Flush()
    {
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();
}
