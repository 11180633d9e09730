namespace Raft.Host.KeyValue;

/// <summary>
/// How large things may be. The state machine holds commands to them too, so they are part of the command format: to
/// change one is to change what a replica accepts, and needs a new <see cref="KeyValueCommandCodec"/> version.
/// </summary>
internal static class KeyValueLimits
{
    /// <summary>A key has 1 to this many bytes.</summary>
    public const int MaxKeyBytes = 1024 * 1024;

    /// <summary>A value has 0 to this many bytes.</summary>
    public const int MaxValueBytes = 1024 * 1024;

    /// <summary>
    /// A value to compare with has 0 to this many bytes. Smaller than a value, because it travels beside a key and a
    /// value in one command; whoever compares larger values compares their versions.
    /// </summary>
    public const int MaxExpectedValueBytes = 64 * 1024;

    /// <summary>The largest command: key, value, expected value, and the fields around them.</summary>
    public const int MaxCommandBytes = MaxKeyBytes + MaxValueBytes + MaxExpectedValueBytes + 64;

    /// <summary>One list answer names at most this many keys.</summary>
    public const int MaxListedKeys = 1000;

    /// <summary>One list answer holds at most this many bytes of keys, but always one key.</summary>
    public const int MaxListedBytes = 1024 * 1024;
}
