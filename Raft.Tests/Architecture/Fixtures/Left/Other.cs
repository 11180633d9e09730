namespace Raft.Tests.Architecture.Fixtures.Left;

/// <summary>What <see cref="Right.RightEnd"/> uses.</summary>
internal sealed class Other;
