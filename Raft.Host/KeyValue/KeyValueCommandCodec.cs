namespace Raft.Host.KeyValue;

/// <summary>
/// A command as bytes: format version, kind, kind of condition, key, the condition's version or value, and the value of a
/// put. Logs keep these bytes for years: another layout needs another version. The error texts become results that all
/// replicas must agree on, so they belong to the version too.
/// </summary>
internal static class KeyValueCommandCodec
{
    /// <summary>The first byte.</summary>
    public const byte FormatVersion = 1;

    public static byte[] Encode(in KeyValueCommand command)
    {
        var condition = command.Condition;
        var size = 3 + ByteWriter.SizeOf(command.Key.Span)
            + condition.Kind switch
            {
                ConditionKind.Version => sizeof(long),
                ConditionKind.Value => ByteWriter.SizeOf(condition.Value.Span),
                _ => 0,
            }
            + (command.Kind == KeyValueCommandKind.Put ? ByteWriter.SizeOf(command.Value.Span) : 0);
        var bytes = new byte[size];
        var writer = new ByteWriter(bytes);
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)command.Kind);
        writer.WriteByte((byte)condition.Kind);
        writer.WriteBytes(command.Key.Span);
        switch (condition.Kind)
        {
            case ConditionKind.Version:
                writer.WriteInt64(condition.Version);
                break;
            case ConditionKind.Value:
                writer.WriteBytes(condition.Value.Span);
                break;
        }

        if (command.Kind == KeyValueCommandKind.Put)
        {
            writer.WriteBytes(command.Value.Span);
        }

        return bytes;
    }

    /// <summary>Reads a command. Its parts are slices of the bytes, not copies.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="command">The command.</param>
    /// <param name="error">What is wrong with the bytes. The same on each replica, because it depends only on them.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, out KeyValueCommand command, out string error)
    {
        command = default;
        var reader = new ByteReader(bytes);
        if (!reader.TryReadByte(out var version) || version != FormatVersion)
        {
            error = $"the command's format is {version}, and only {FormatVersion} is known here";
            return false;
        }

        if (!reader.TryReadByte(out var kind) || kind is not ((byte)KeyValueCommandKind.Put or (byte)KeyValueCommandKind.Delete))
        {
            error = $"the command's kind is {kind}, which is unknown";
            return false;
        }

        if (!reader.TryReadByte(out var conditionKind) || conditionKind > (byte)ConditionKind.Value)
        {
            error = $"the condition's kind is {conditionKind}, which is unknown";
            return false;
        }

        if (!reader.TryReadBytes(1, KeyValueLimits.MaxKeyBytes, out var key))
        {
            error = $"the key is cut off or has not 1 to {KeyValueLimits.MaxKeyBytes} bytes";
            return false;
        }

        var expectedVersion = 0L;
        ReadOnlyMemory<byte> expectedValue = default;
        if ((conditionKind == (byte)ConditionKind.Version && !reader.TryReadInt64(out expectedVersion))
            || (conditionKind == (byte)ConditionKind.Value
                && !reader.TryReadBytes(0, KeyValueLimits.MaxExpectedValueBytes, out expectedValue)))
        {
            error = $"what the condition compares with is cut off or has more than {KeyValueLimits.MaxExpectedValueBytes} bytes";
            return false;
        }

        ReadOnlyMemory<byte> value = default;
        if (kind == (byte)KeyValueCommandKind.Put && !reader.TryReadBytes(0, KeyValueLimits.MaxValueBytes, out value))
        {
            error = $"the value is cut off or has more than {KeyValueLimits.MaxValueBytes} bytes";
            return false;
        }

        if (!reader.AtEnd)
        {
            error = "the command is followed by bytes that do not belong to it";
            return false;
        }

        command = new KeyValueCommand(
            (KeyValueCommandKind)kind,
            key,
            value,
            new KeyValueCondition((ConditionKind)conditionKind, expectedVersion, expectedValue));
        error = string.Empty;
        return true;
    }
}
