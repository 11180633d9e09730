namespace Raft.Tests.Infrastructure;

/// <summary>
/// Tests that wait or compute for long by their nature, but start no processes. <c>dotnet test</c> leaves them out, and
/// <c>.ci/run</c> runs them in a step of their own.
/// </summary>
internal static class SlowTest
{
    /// <summary>The trait <c>Category</c> of these tests.</summary>
    public const string Category = "Slow";
}
