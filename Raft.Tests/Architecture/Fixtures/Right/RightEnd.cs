using Raft.Tests.Architecture.Fixtures.Left;

namespace Raft.Tests.Architecture.Fixtures.Right;

/// <summary>Uses the other folder as an argument of a generic method only, in a lambda.</summary>
internal sealed class RightEnd
{
    public static string Describe(object? end) => new Func<string>(() => end is null ? "nothing" : Of<Other>(end))();

    private static string Of<T>(object end) => end is T ? "left" : "right";
}
