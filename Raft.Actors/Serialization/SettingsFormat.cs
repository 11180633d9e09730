using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// Settings that change at run time, and their answers; see <see cref="RequestFormat"/> and <see cref="ReplyFormat"/>.
/// </summary>
internal static class SettingsFormat
{
    public static void Write(ref WireWriter writer, ReloadSettings message)
    {
        writer.Duration(message.HeartbeatTimeout);
        writer.Duration(message.ElectionTimeout);
        writer.Duration(message.LeaderLeaseTimeout);
        writer.Duration(message.SnapshotInterval);
        Write(ref writer, message.SnapshotThresholdEntries);
        Write(ref writer, message.SnapshotThresholdBytes);
        Write(ref writer, message.TrailingEntries);
        Write(ref writer, message.TrailingBytes);
    }

    public static ReloadSettings ReadReload(ref WireReader reader) => new()
    {
        HeartbeatTimeout = reader.Duration(),
        ElectionTimeout = reader.Duration(),
        LeaderLeaseTimeout = reader.Duration(),
        SnapshotInterval = reader.Duration(),
        SnapshotThresholdEntries = ReadNumber(ref reader),
        SnapshotThresholdBytes = ReadNumber(ref reader),
        TrailingEntries = ReadNumber(ref reader),
        TrailingBytes = ReadNumber(ref reader),
    };

    public static void Write(ref WireWriter writer, SettingsReloaded message) => Write(ref writer, message.InForce);

    public static SettingsReloaded ReadReloaded(ref WireReader reader) => new(ReadReload(ref reader));

    public static void Write(ref WireWriter writer, SettingsRefused message) => writer.Text(message.Reason);

    public static SettingsRefused ReadRefused(ref WireReader reader) => new(reader.Text());

    private static void Write(ref WireWriter writer, long? number)
    {
        writer.Bool(number.HasValue);
        if (number is { } value)
        {
            writer.Signed(value);
        }
    }

    private static long? ReadNumber(ref WireReader reader) => reader.Bool() ? reader.Signed() : null;
}
