namespace Raft.Host.KeyValue;

/// <summary>What a condition compares. The numbers are part of the command format.</summary>
internal enum ConditionKind : byte
{
    /// <summary>No condition.</summary>
    None = 0,

    /// <summary>The key must not exist.</summary>
    Absent = 1,

    /// <summary>The key must exist.</summary>
    Present = 2,

    /// <summary>The key must exist in a given version.</summary>
    Version = 3,

    /// <summary>The key must exist with a given value.</summary>
    Value = 4,
}

/// <summary>The condition under which a command changes a key. It makes a put or a delete a compare-and-set.</summary>
/// <param name="Kind">What is compared.</param>
/// <param name="Version">The version, with <see cref="ConditionKind.Version"/>.</param>
/// <param name="Value">The value, with <see cref="ConditionKind.Value"/>.</param>
internal readonly record struct KeyValueCondition(ConditionKind Kind, long Version = 0, ReadOnlyMemory<byte> Value = default)
{
    public static readonly KeyValueCondition None = new(ConditionKind.None);

    public static readonly KeyValueCondition Absent = new(ConditionKind.Absent);

    public static readonly KeyValueCondition Present = new(ConditionKind.Present);

    public static KeyValueCondition VersionIs(long version) => new(ConditionKind.Version, Version: version);

    public static KeyValueCondition ValueIs(ReadOnlyMemory<byte> value) => new(ConditionKind.Value, Value: value);

    /// <summary>Whether the condition holds for a key's present entry; null if the key does not exist.</summary>
    public bool HoldsFor(KeyValueEntry? current) => Kind switch
    {
        ConditionKind.None => true,
        ConditionKind.Absent => current is null,
        ConditionKind.Present => current is not null,
        ConditionKind.Version => current is not null && current.Version == Version,
        ConditionKind.Value => current is not null && current.Value.Span.SequenceEqual(Value.Span),
        _ => false,
    };

    public bool Equals(KeyValueCondition other) =>
        Kind == other.Kind && Version == other.Version && Value.Span.SequenceEqual(other.Value.Span);

    public override int GetHashCode() => HashCode.Combine(Kind, Version, Value.Length);
}
