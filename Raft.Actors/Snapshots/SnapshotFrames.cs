using System.Buffers.Binary;
using Raft.Actors.Serialization;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Snapshots;

/// <summary>What a block of a snapshot's content belongs to. The numbers are part of the format.</summary>
internal enum SnapshotSection : byte
{
    /// <summary>The first block: the format's version.</summary>
    Header = 0,

    /// <summary>What the library itself keeps beside the state machine; before the state machine's blocks.</summary>
    Library = 1,

    /// <summary>The user's state machine.</summary>
    StateMachine = 2,

    /// <summary>A restore by hand that is under way, or was the last; before the state machine's blocks.</summary>
    Replacement = 3,
}

/// <summary>
/// The content of a snapshot as one sequence of bytes: blocks, each after its section (a byte) and its length (four bytes).
/// Chunks and messages cut it wherever they end.
/// </summary>
internal static class SnapshotFrames
{
    public const byte Version = 1;
    public const int HeadBytes = 1 + sizeof(int);

    /// <summary>The bytes of a snapshot, piece by piece; each is good until the next is asked for.</summary>
    /// <exception cref="InvalidOperationException">A block is too large.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Write(
        IEnumerable<ReadOnlyMemory<byte>> library,
        IEnumerable<ReadOnlyMemory<byte>> replacement,
        IEnumerable<ReadOnlyMemory<byte>> stateMachine)
    {
        var head = new byte[HeadBytes];
        yield return Head(head, SnapshotSection.Header, 1);
        yield return new[] { Version };
        foreach (var block in library)
        {
            yield return Head(head, SnapshotSection.Library, block.Length);
            yield return block;
        }

        foreach (var block in replacement)
        {
            yield return Head(head, SnapshotSection.Replacement, block.Length);
            yield return block;
        }

        foreach (var block in stateMachine)
        {
            yield return Head(head, SnapshotSection.StateMachine, block.Length);
            yield return block;
        }
    }

    private static byte[] Head(byte[] head, SnapshotSection section, int length)
    {
        if (length > IStateMachineSnapshot.MaxBlockBytes)
        {
            throw new InvalidOperationException($"a block of {length} bytes; the limit is {IStateMachineSnapshot.MaxBlockBytes}");
        }

        head[0] = (byte)section;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(1), length);
        return head;
    }
}

/// <summary>Takes a snapshot's content in pieces of any size and gives back its blocks, one at a time.</summary>
internal sealed class FrameReader
{
    private readonly byte[] _head = new byte[SnapshotFrames.HeadBytes];
    private byte[] _block = [];
    private int _headLength;
    private int _blockLength;
    private int _expected;
    private bool _hasHeader;

    /// <summary>Whether what came so far ends with a whole block and begins with the header.</summary>
    public bool IsComplete => _hasHeader && _headLength == 0;

    /// <summary>The section of the block that <see cref="TryRead"/> found.</summary>
    public SnapshotSection Section { get; private set; }

    /// <summary>Takes bytes until a block is whole or none are left.</summary>
    /// <param name="bytes">What is still to be looked at; it is shortened by what was taken.</param>
    /// <param name="block">The block, good until the next call.</param>
    /// <exception cref="MalformedMessageException">These bytes are no snapshot of this version.</exception>
    public bool TryRead(ref ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> block)
    {
        while (true)
        {
            if (_headLength < _head.Length)
            {
                _headLength += Take(ref bytes, _head.AsSpan(_headLength));
                if (_headLength < _head.Length)
                {
                    block = default;
                    return false;
                }

                BeginBlock();
            }

            _blockLength += Take(ref bytes, _block.AsSpan(_blockLength, _expected - _blockLength));
            if (_blockLength < _expected)
            {
                block = default;
                return false;
            }

            _headLength = 0;
            block = _block.AsMemory(0, _expected);
            if (Section != SnapshotSection.Header)
            {
                return true;
            }

            CheckVersion(block.Span);
        }
    }

    private static int Take(ref ReadOnlyMemory<byte> bytes, Span<byte> destination)
    {
        var count = Math.Min(bytes.Length, destination.Length);
        bytes.Span[..count].CopyTo(destination);
        bytes = bytes[count..];
        return count;
    }

    private void BeginBlock()
    {
        if (_head[0] > (byte)SnapshotSection.Replacement || (_head[0] == (byte)SnapshotSection.Header) == _hasHeader)
        {
            throw new MalformedMessageException($"a snapshot's block of section {_head[0]} where there can be none");
        }

        Section = (SnapshotSection)_head[0];
        _expected = BinaryPrimitives.ReadInt32LittleEndian(_head.AsSpan(1));
        if (_expected is < 0 or > IStateMachineSnapshot.MaxBlockBytes)
        {
            throw new MalformedMessageException($"a snapshot's block of {_expected} bytes");
        }

        _blockLength = 0;
        if (_block.Length < _expected)
        {
            _block = new byte[Math.Max(_expected, Math.Min(2 * _block.Length, IStateMachineSnapshot.MaxBlockBytes))];
        }
    }

    private void CheckVersion(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty)
        {
            throw new MalformedMessageException("a snapshot without a version");
        }

        JournalFormat.CheckVersion(header[0], SnapshotFrames.Version, "a snapshot");
        _hasHeader = true;
    }
}
