namespace Raft.Host.Http;

/// <summary>The host refuses the request and did not pass it on to Raft: nothing was done.</summary>
internal sealed class RequestRefusedException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status to answer.</summary>
    public int Status { get; } = status;
}
