namespace Raft.Actors.Model;

/// <summary>How to read a payload's bytes. The numbers are part of the wire and journal formats.</summary>
public enum PayloadFormat : byte
{
    /// <summary>The user's own bytes; the library does not look into them.</summary>
    Bytes = 0,

    /// <summary>An object of one of the listed types, written by Hyperion.</summary>
    Hyperion = 1,

    /// <summary>No value (a null result).</summary>
    Null = 2,
}

/// <summary>A command, a query or a result in the form in which it is stored and sent.</summary>
/// <param name="Format">How to read the bytes.</param>
/// <param name="Bytes">The bytes; never to be changed once they are here.</param>
public readonly record struct EncodedPayload(PayloadFormat Format, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>No bytes at all, as in a no-op or a barrier.</summary>
    public static readonly EncodedPayload None = new(PayloadFormat.Bytes, ReadOnlyMemory<byte>.Empty);

    /// <summary>The payload's size, in bytes.</summary>
    public int Length => Bytes.Length;
}
