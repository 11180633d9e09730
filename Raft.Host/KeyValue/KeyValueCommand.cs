namespace Raft.Host.KeyValue;

/// <summary>What a command does. The numbers are part of the command format.</summary>
internal enum KeyValueCommandKind : byte
{
    /// <summary>Sets a key's value.</summary>
    Put = 1,

    /// <summary>Removes a key.</summary>
    Delete = 2,
}

/// <summary>A change of one key, with or without a condition.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Key">The key that it changes.</param>
/// <param name="Value">The value of a put.</param>
/// <param name="Condition">The condition that the key must fulfil.</param>
internal readonly record struct KeyValueCommand(
    KeyValueCommandKind Kind,
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> Value,
    KeyValueCondition Condition)
{
    public static KeyValueCommand Put(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, KeyValueCondition condition = default) =>
        new(KeyValueCommandKind.Put, key, value, condition);

    public static KeyValueCommand Delete(ReadOnlyMemory<byte> key, KeyValueCondition condition = default) =>
        new(KeyValueCommandKind.Delete, key, default, condition);

    public bool Equals(KeyValueCommand other) =>
        Kind == other.Kind
        && Condition == other.Condition
        && Key.Span.SequenceEqual(other.Key.Span)
        && Value.Span.SequenceEqual(other.Value.Span);

    public override int GetHashCode() => HashCode.Combine(Kind, Condition, Key.Length, Value.Length);
}
