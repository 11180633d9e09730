using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Snapshots;

/// <summary>Where the chunks of a snapshot come from that is being stored.</summary>
internal abstract class SnapshotInput(long number, int chunkBytes) : IDisposable
{
    public long Number => number;

    /// <summary>Whether <see cref="Next"/> has given the last chunk.</summary>
    public abstract bool IsAtEnd { get; }

    protected ChunkPacker Packer { get; } = new(number, chunkBytes);

    /// <summary>The next chunk to be stored; null while there is none, or no more.</summary>
    public abstract SnapshotChunk? Next();

    /// <summary>What was stored, when it is at its end.</summary>
    public abstract StoredSnapshot Describe();

    public virtual void Dispose()
    {
    }
}

/// <summary>A snapshot that this server's state machine gives, pulled as fast as the store takes it.</summary>
internal sealed class ViewInput : SnapshotInput
{
    private readonly WriteSnapshot _write;
    private readonly IEnumerator<ReadOnlyMemory<byte>> _pieces;
    private ReadOnlyMemory<byte> _piece;
    private bool _isExhausted;

    public ViewInput(WriteSnapshot write, int chunkBytes)
        : base(write.View.Number, chunkBytes)
    {
        _write = write;
        _pieces = SnapshotFrames.Write(write.View.Library, write.View.Replacement, Blocks(write)).GetEnumerator();
    }

    public override bool IsAtEnd => _isExhausted && !Packer.HasRest;

    public override SnapshotChunk? Next()
    {
        while (!Packer.IsFull && !_isExhausted)
        {
            if (_piece.IsEmpty)
            {
                _isExhausted = !_pieces.MoveNext();
                _piece = _isExhausted ? default : _pieces.Current;
            }
            else
            {
                _piece = _piece[Packer.Add(_piece.Span)..];
            }
        }

        return Packer.HasRest ? Packer.Take() : null;
    }

    public override StoredSnapshot Describe() =>
        Packer.Describe(_write.View.Index, _write.View.Term, _write.Configuration, _write.ConfigurationIndex);

    public override void Dispose()
    {
        _pieces.Dispose();
        _write.View.View.Dispose();
        base.Dispose();
    }

    // Asked for as late as possible: what the user's Blocks() throws is then caught where the pieces are pulled.
    private static IEnumerable<ReadOnlyMemory<byte>> Blocks(WriteSnapshot write)
    {
        foreach (var block in write.View.View.Blocks())
        {
            yield return block;
        }
    }
}

/// <summary>
/// A snapshot that a leader sends in pieces. A piece is acknowledged when there is room for it: a slow store
/// slows the leader down, and memory holds a few chunks and what the leader's window has on its way.
/// </summary>
internal sealed class ReceivedInput(
    long number, SnapshotDescriptor content, Action<InstallSnapshot, IActorRef, long> acknowledge, int chunkBytes)
    : SnapshotInput(number, chunkBytes)
{
    private const int MaxWaiting = 64;

    private readonly Queue<(InstallSnapshot Message, IActorRef Sender)> _waiting = new();
    private ReadOnlyMemory<byte> _piece;
    private long _arrived;

    public override bool IsAtEnd => Packer.Bytes == content.Bytes && !Packer.HasRest;

    /// <summary>Takes a piece if it is the next one; says to whoever sent another which one would be.</summary>
    public void Take(InstallSnapshot message, IActorRef sender)
    {
        if (message.Offset != _arrived || message.Bytes.Length > content.Bytes - _arrived || _waiting.Count == MaxWaiting)
        {
            acknowledge(message, sender, Packer.Bytes);
            return;
        }

        if (_waiting.Count == 0)
        {
            _piece = message.Bytes;
        }

        _arrived += message.Bytes.Length;
        _waiting.Enqueue((message, sender));
        Fill();
    }

    public override SnapshotChunk? Next()
    {
        Fill();
        return Packer.IsFull || (Packer.HasRest && Packer.Bytes == content.Bytes) ? Packer.Take() : null;
    }

    public override StoredSnapshot Describe()
    {
        var stored = Packer.Describe(content.Index, content.Term, content.Configuration, content.ConfigurationIndex);
        return stored.Content.Checksum == content.Checksum
            ? stored
            : throw new MalformedMessageException(
                $"what came has checksum {stored.Content.Checksum:X8} and should have {content.Checksum:X8}");
    }

    /// <summary>Moves what waits into the present chunk, as far as it has room.</summary>
    private void Fill()
    {
        while (_waiting.TryPeek(out var first))
        {
            _piece = _piece[Packer.Add(_piece.Span)..];
            if (!_piece.IsEmpty)
            {
                return;
            }

            _waiting.Dequeue();
            acknowledge(first.Message, first.Sender, Packer.Bytes);
            _piece = _waiting.TryPeek(out var next) ? next.Message.Bytes : default;
        }
    }
}
