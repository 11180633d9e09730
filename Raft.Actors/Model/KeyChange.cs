namespace Raft.Actors.Model;

/// <summary>A change of one key, as it was committed. All watchers share the bytes; do not change them.</summary>
/// <param name="Index">The index of the command that made it.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value that was set; null if the key was removed.</param>
public sealed record KeyChange(long Index, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte>? Value)
{
    /// <summary>What it takes in memory, roughly, in bytes.</summary>
    internal int Size => 64 + Key.Length + (Value?.Length ?? 0);
}
