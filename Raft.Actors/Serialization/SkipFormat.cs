using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// The request to skip an entry, and its answers; see <see cref="RequestFormat"/> and <see cref="ReplyFormat"/>.
/// </summary>
internal static class SkipFormat
{
    public static void Write(ref WireWriter writer, SkipEntry message)
    {
        writer.Index(message.Index);
        writer.Index(message.Term);
    }

    public static SkipEntry ReadSkip(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, EntrySkipped message)
    {
        writer.Index(message.Index);
        writer.Index(message.Term);
        writer.Index(message.At);
    }

    public static EntrySkipped ReadSkipped(ref WireReader reader) => new(reader.Index(), reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, SkipRefused message) => writer.Text(message.Reason);

    public static SkipRefused ReadRefused(ref WireReader reader) => new(reader.Text());

    public static void Write(ref WireWriter writer, CommandSkipped message) => writer.Index(message.Index);

    public static CommandSkipped ReadCommandSkipped(ref WireReader reader) => new(reader.Index());
}
