using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Snapshots;

/// <summary>
/// A snapshot that is restored by hand, as far as its pieces were committed. A part of the replicated state, as the table of
/// sessions is: changed by entries of the log alone, the same on every server, and a part of every snapshot that is taken
/// meanwhile, so that the log is compacted under a restore of any size.
/// </summary>
/// <remarks>
/// The pieces are kept as they are and given to the state machine at the end: a snapshot of a state that is half put together
/// could not be taken. Memory holds them beside the present state, as it holds the new state beside the present one wherever a
/// snapshot is restored.
/// </remarks>
internal sealed class StateReplacement
{
    /// <summary>After this many milliseconds of the log's time without a step, a restore is given up.</summary>
    public const long IdleTime = 60_000;

    private const byte Version = 1;

    private readonly List<ReadOnlyMemory<byte>> _pieces = [];
    private BeginRestore? _target;
    private long _id;
    private long _length;
    private uint _checksum;
    private long _touchedAt;

    // The one that was completed last, for whoever asks again.
    private long _doneId;
    private SnapshotRestored? _done;

    /// <summary>How many bytes are held.</summary>
    public long Bytes => _length;

    /// <summary>The restore that is under way; null if there is none.</summary>
    public RestoreStatus? Status => _target is { } target ? new RestoreStatus(_id, _length, target.Bytes) : null;

    /// <summary>Gives up a restore that no client continues. Call it for every entry.</summary>
    /// <param name="time">The log's time.</param>
    public void Advance(long time)
    {
        if (_target is not null && time - _touchedAt > IdleTime)
        {
            Drop();
        }
    }

    /// <summary>Takes a step that changes no state of the state machine.</summary>
    /// <param name="entry">Its entry.</param>
    /// <param name="time">The log's time.</param>
    public IRaftReply Take(LogEntry entry, long time) => RestoreFormat.Decode(entry.Kind, entry.Data) switch
    {
        BeginRestore begin => Begin(entry.Index, begin, time),
        RestoreBlock block => Add(block, time),
        var step => throw new InvalidOperationException($"{step} is not taken here"),
    };

    /// <summary>
    /// Whether a restore's content can be read here. The leader asks this before it proposes to complete the restore: a content
    /// that no state machine can read would stop all of them. Nothing else is decided here, because a leader that was deposed
    /// without knowing it may not know how far the restore is.
    /// </summary>
    /// <param name="id">The restore.</param>
    /// <param name="begin">Begins the user's restore, which is abandoned.</param>
    /// <param name="isWhole">Whether there was a content to be looked at; if not, the log is to decide what the answer
    /// is.</param>
    /// <returns>The answer to the client; null if the step must be proposed.</returns>
    public RaftFailure? Check(long id, Func<IStateMachineRestore> begin, out bool isWhole)
    {
        isWhole = false;
        if (_target is not null && id == _id && _length < _target.Bytes)
        {
            return new Unavailable("pieces of the snapshot are missing here; they may be on their way");
        }

        if (Refusal(id) is not null)
        {
            return null;
        }

        try
        {
            using var restore = begin();
            Read(restore.Add);
            restore.Check();
            isWhole = true;
            return null;
        }
        catch (Exception thrown)
        {
            // Whatever threw: nothing has changed, and nothing will.
            return new RestoreRefused($"the state machine cannot read it: {thrown.Message}", Outcome.NotDone);
        }
    }

    /// <summary>
    /// Completes a restore. What the user's restore throws comes through, and this replica can be trusted no more.
    /// </summary>
    /// <param name="entry">The entry that says so.</param>
    /// <param name="begin">Begins the user's restore.</param>
    public IRaftReply Complete(LogEntry entry, Func<IStateMachineRestore> begin)
    {
        var step = (CompleteRestore)RestoreFormat.Decode(entry.Kind, entry.Data);
        if (Refusal(step.RestoreId) is { } refusal)
        {
            return refusal;
        }

        if (!step.IsChecked)
        {
            return new RestoreRefused("it was not complete yet when this was asked for; ask again", Outcome.NotDone);
        }

        using (var restore = begin())
        {
            Read(restore.Add, letGo: true);
            restore.Complete();
        }

        (_doneId, _done) = (_id, new SnapshotRestored(entry.Index, entry.Term, _length));
        Drop();
        return _done;
    }

    /// <summary>As blocks of a snapshot, which later steps do not change. None if there is nothing to write.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Write()
    {
        if (_target is null && _done is null)
        {
            return [];
        }

        var writer = new WireWriter(64);
        writer.Byte(Version);
        writer.Index(_doneId);
        RestoreFormat.Write(ref writer, _done ?? new SnapshotRestored(0, 0, 0));
        writer.Index(_id);
        RestoreFormat.Write(ref writer, _target ?? new BeginRestore(0, 0));
        writer.Index(_touchedAt);
        return [writer.ToArray(), .. _pieces];
    }

    /// <summary>Takes the next block that <see cref="Write"/> gave, the bytes of which will change.</summary>
    /// <exception cref="MalformedMessageException">The block makes no sense.</exception>
    public void Read(ReadOnlyMemory<byte> block)
    {
        if (_target is not null)
        {
            Append(block.ToArray());
            return;
        }

        var reader = new WireReader(block);
        JournalFormat.CheckVersion(reader.Byte(), Version, "a restore");
        _doneId = reader.Index();
        _done = RestoreFormat.ReadRestored(ref reader);
        _done = _doneId == 0 ? null : _done;
        _id = reader.Index();
        _target = RestoreFormat.ReadBegin(ref reader);
        _target = _id == 0 ? null : _target;
        _touchedAt = reader.Index();
        reader.End();
    }

    private IRaftReply Begin(long id, BeginRestore begin, long time)
    {
        if (_target == begin)
        {
            _touchedAt = time;
            return new RestoreBegun(_id, _length);
        }

        if (_target is not null)
        {
            return new RestoreRefused(
                $"restore {_id} is under way; it is given up when nobody goes on with it for {IdleTime / 1000} s",
                Outcome.NotDone);
        }

        (_id, _target, _touchedAt) = (id, begin, time);
        return new RestoreBegun(id, 0);
    }

    private IRaftReply Add(RestoreBlock block, long time)
    {
        if (_target is not { } target || block.RestoreId != _id)
        {
            return NotUnderWay(block.RestoreId);
        }

        _touchedAt = time;
        if (block.Offset == _length && block.Bytes.Length <= target.Bytes - _length)
        {
            Append(block.Bytes);
        }

        return new RestoreBlockTaken(_id, _length);
    }

    private void Append(ReadOnlyMemory<byte> piece)
    {
        _pieces.Add(piece);
        _length += piece.Length;
        _checksum = Crc32C.Continue(_checksum, piece.Span);
    }

    /// <summary>
    /// The answer to a client that wants to complete a restore that cannot be completed, or that is completed already; null if
    /// it must be done. The same on every server.
    /// </summary>
    private IRaftReply? Refusal(long id)
    {
        if (_done is not null && id == _doneId)
        {
            return _done;
        }

        if (_target is not { } target || id != _id)
        {
            return NotUnderWay(id);
        }

        if (_length < target.Bytes)
        {
            return new RestoreRefused($"{_length} of {target.Bytes} bytes have come", Outcome.NotDone);
        }

        if (_checksum != target.Checksum)
        {
            return new RestoreRefused($"its checksum is {_checksum:X8} and should be {target.Checksum:X8}", Outcome.NotDone);
        }

        try
        {
            Read(static _ => { });
            return null;
        }
        catch (MalformedMessageException malformed)
        {
            return new RestoreRefused($"it is no snapshot: {malformed.Message}", Outcome.NotDone);
        }
    }

    private RestoreRefused NotUnderWay(long id) =>
        new($"restore {id} is not under way, or not any more", id < _doneId ? Outcome.Unknown : Outcome.NotDone);

    /// <summary>
    /// Reads the user's blocks; what the library had beside them where the snapshot was taken is not this group's.
    /// </summary>
    private void Read(Action<ReadOnlyMemory<byte>> add, bool letGo = false)
    {
        var frames = new FrameReader();
        for (var i = 0; i < _pieces.Count; i++)
        {
            var bytes = _pieces[i];
            while (frames.TryRead(ref bytes, out var block))
            {
                if (frames.Section == SnapshotSection.StateMachine)
                {
                    add(block);
                }
            }

            if (letGo)
            {
                _pieces[i] = default;
            }
        }

        if (!frames.IsComplete)
        {
            throw new MalformedMessageException("it ends in the middle of a block");
        }
    }

    private void Drop()
    {
        _pieces.Clear();
        _pieces.TrimExcess();
        (_target, _id, _length, _checksum) = (null, 0, 0, 0);
    }
}
