using Raft.Tests.Architecture.Fixtures.Right;

namespace Raft.Tests.Architecture.Fixtures.Left;

/// <summary>Uses the other folder in the body of a method only.</summary>
internal static class LeftEnd
{
    public static string Name() => RightEnd.Describe(null);
}
