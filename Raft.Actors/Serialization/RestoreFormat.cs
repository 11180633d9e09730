using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>The steps of a restore by hand: as requests, as the data of log entries, and their answers.</summary>
internal static class RestoreFormat
{
    private const byte EntryVersion = 1;

    public static void Write(ref WireWriter writer, BeginRestore message)
    {
        writer.Index(message.Bytes);
        writer.Index(message.Checksum);
    }

    public static BeginRestore ReadBegin(ref WireReader reader) => new(reader.Index(), SnapshotFormat.ReadChecksum(ref reader));

    public static void Write(ref WireWriter writer, RestoreBlock message)
    {
        writer.Index(message.RestoreId);
        writer.Index(message.Offset);
        writer.Bytes(message.Bytes.Span);
    }

    public static RestoreBlock ReadBlock(ref WireReader reader) => new(reader.Index(), reader.Index(), reader.Bytes());

    public static void Write(ref WireWriter writer, CompleteRestore message) => writer.Index(message.RestoreId);

    public static CompleteRestore ReadComplete(ref WireReader reader) => new(reader.Index());

    public static void Write(ref WireWriter writer, RestoreBegun message)
    {
        writer.Index(message.RestoreId);
        writer.Index(message.Offset);
    }

    public static RestoreBegun ReadBegun(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, RestoreBlockTaken message)
    {
        writer.Index(message.RestoreId);
        writer.Index(message.Offset);
    }

    public static RestoreBlockTaken ReadBlockTaken(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, SnapshotRestored message)
    {
        writer.Index(message.Index);
        writer.Index(message.Term);
        writer.Index(message.Size);
    }

    public static SnapshotRestored ReadRestored(ref WireReader reader) => new(reader.Index(), reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, RestoreRefused message)
    {
        writer.Text(message.Reason);
        writer.Byte((byte)message.Outcome);
    }

    public static RestoreRefused ReadRefused(ref WireReader reader) =>
        new(reader.Text(), (Outcome)reader.Choice((byte)Outcome.Unknown, "outcome"));

    /// <summary>A step as the data of its log entry, whose kind says which step it is.</summary>
    public static EncodedPayload Encode(RestoreRequest step)
    {
        var writer = new WireWriter(step is RestoreBlock { Bytes.Length: var length } ? length + 32 : 32);
        writer.Byte(EntryVersion);
        switch (step)
        {
            case BeginRestore begin:
                Write(ref writer, begin);
                break;
            case RestoreBlock block:
                Write(ref writer, block);
                break;
            case CompleteRestore complete:
                Write(ref writer, complete);
                writer.Bool(complete.IsChecked);
                break;
            default:
                throw new ArgumentException($"{step.GetType().Name} is no step of a restore", nameof(step));
        }

        return new EncodedPayload(PayloadFormat.Bytes, writer.ToArray());
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; a piece is a slice of the data.</summary>
    /// <exception cref="MalformedMessageException">The bytes make no sense or are of a later version.</exception>
    public static RestoreRequest Decode(Model.EntryKind kind, EncodedPayload data)
    {
        var reader = new WireReader(data.Bytes);
        JournalFormat.CheckVersion(reader.Byte(), EntryVersion, "a step of a restore");
        RestoreRequest step = kind switch
        {
            Model.EntryKind.BeginRestore => ReadBegin(ref reader),
            Model.EntryKind.RestoreBlock => ReadBlock(ref reader),
            _ => ReadComplete(ref reader) with { IsChecked = reader.Bool() },
        };
        reader.End();
        return step;
    }
}
