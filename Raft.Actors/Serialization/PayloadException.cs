using System.Runtime.Serialization;

namespace Raft.Actors.Serialization;

/// <summary>
/// A command, query or result cannot be written or read: its type is not listed in <c>raft.types</c>, it is too large or
/// nested too deeply, or its bytes make no sense. A <see cref="SerializationException"/>, because Akka.Remote keeps the
/// association up for that type and tears it down for most others.
/// </summary>
public sealed class PayloadException : SerializationException
{
    /// <summary>Makes one with its message.</summary>
    public PayloadException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its message and cause.</summary>
    public PayloadException(string message, Exception cause)
        : base(message, cause)
    {
    }

    /// <summary>Makes one for an object whose encoded form is too large.</summary>
    /// <param name="size">Its encoded size, in bytes.</param>
    /// <param name="limit">The limit, in bytes.</param>
    public PayloadException(long size, long limit)
        : base($"the encoded object has {size} bytes and the limit is {limit}")
    {
        Size = size;
    }

    /// <summary>The encoded size in bytes, where the object was too large; otherwise null.</summary>
    public long? Size { get; }
}
