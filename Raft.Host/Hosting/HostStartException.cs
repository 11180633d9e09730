namespace Raft.Host.Hosting;

/// <summary>
/// The host cannot start, for a reason outside its configuration. The message is one line that says what to do.
/// </summary>
internal sealed class HostStartException : Exception
{
    public HostStartException(string message)
        : base(message)
    {
    }

    public HostStartException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
