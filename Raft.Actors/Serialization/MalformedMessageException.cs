using System.Runtime.Serialization;

namespace Raft.Actors.Serialization;

/// <summary>
/// Bytes that are not what the manifest says: truncated, damaged, hostile, or in a format that this version does not
/// know. A <see cref="SerializationException"/>, because Akka.Remote keeps the association up for that type and
/// tears it down for most others.
/// </summary>
public sealed class MalformedMessageException : SerializationException
{
    /// <summary>Makes one with its message.</summary>
    public MalformedMessageException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its message and cause.</summary>
    public MalformedMessageException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
