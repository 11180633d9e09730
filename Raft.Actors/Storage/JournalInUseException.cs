namespace Raft.Actors.Storage;

/// <summary>
/// Another process, or another actor system of this one, runs the same server of the same group on the same storage. Two
/// of them on one journal would be one server that votes twice, so the second is refused. The message says who holds it.
/// </summary>
public sealed class JournalInUseException : Exception
{
    /// <summary>Makes one with its message.</summary>
    public JournalInUseException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its message and cause.</summary>
    public JournalInUseException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
