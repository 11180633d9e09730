namespace Raft.Fuzz.Running;

/// <summary>An input did what no input may do.</summary>
internal sealed class FuzzFindingException(string message, Exception? cause = null) : Exception(message, cause);
