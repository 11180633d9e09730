namespace Raft.Host.Http;

/// <summary>The request is at fault and was not passed on to Raft: nothing was done.</summary>
internal sealed class RequestRefusedException(int status, string message) : Exception(message)
{
    /// <summary>The HTTP status to answer.</summary>
    public int Status { get; } = status;
}
