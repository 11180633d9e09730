namespace Raft.Host.KeyValue;

/// <summary>A key with its value. Immutable, so that a snapshot may share it with the state.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value.</param>
/// <param name="Version">The log index of the command that wrote it.</param>
internal sealed record KeyValueEntry(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, long Version)
{
    /// <summary>An entry to search for a key with.</summary>
    public static KeyValueEntry Probe(ReadOnlyMemory<byte> key) => new(key, default, 0);
}

/// <summary>Orders entries by the bytes of their keys, so that each replica iterates in the same order.</summary>
internal sealed class KeyOrder : IComparer<KeyValueEntry>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(KeyValueEntry? x, KeyValueEntry? y) => x!.Key.Span.SequenceCompareTo(y!.Key.Span);
}
