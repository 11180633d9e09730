namespace Raft.Host.KeyValue;

/// <summary>
/// Size limits. The state machine enforces them too, so they are part of the command format: changing one changes what a
/// replica accepts, and needs a new <see cref="KeyValueCommandCodec"/> version.
/// </summary>
internal static class KeyValueLimits
{
    /// <summary>A key has 1 to this many bytes.</summary>
    public const int MaxKeyBytes = 1024 * 1024;

    /// <summary>A value has 0 to this many bytes.</summary>
    public const int MaxValueBytes = 1024 * 1024;

    /// <summary>
    /// A value to compare with has 0 to this many bytes. Smaller than a value, because a command holds it beside a key and a
    /// value. To compare larger values, compare their versions.
    /// </summary>
    public const int MaxExpectedValueBytes = 64 * 1024;

    /// <summary>The largest command: key, value, expected value, and the fields around them.</summary>
    public const int MaxCommandBytes = MaxKeyBytes + MaxValueBytes + MaxExpectedValueBytes + 64;

    /// <summary>One list answer names at most this many keys.</summary>
    public const int MaxListedKeys = 1000;

    /// <summary>One list answer holds at most this many bytes of keys, but always one key.</summary>
    public const int MaxListedBytes = 1024 * 1024;
}
