namespace Raft.Actors.Settings;

/// <summary>A setting is missing, malformed or does not fit the others. The message names it, its value and what to do.</summary>
public sealed class RaftConfigurationException : Exception
{
    /// <summary>Makes one with its message.</summary>
    public RaftConfigurationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its message and cause.</summary>
    public RaftConfigurationException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
