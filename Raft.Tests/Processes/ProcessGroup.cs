using Xunit;

namespace Raft.Tests.Processes;

/// <summary>
/// The tests that run the real host in processes of its own. They run one after the other and beside no other test: they
/// hold real partitions against real timeouts, which a busy machine would blur.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessGroup
{
    public const string Name = "processes";

    /// <summary>The trait <c>Category</c> of these tests. <c>dotnet test</c> leaves them out; <c>.ci/run</c> runs them.</summary>
    public const string Category = "Process";
}
