namespace Raft.Tests.Architecture.Fixtures.Kinds;

internal class UsedAsBase;

internal interface IUsedAsInterface;

internal sealed class UsedAsField;

internal sealed class UsedAsParameter;

internal sealed class UsedAsElement;

internal sealed class UsedAsConstraint;

[AttributeUsage(AttributeTargets.Class)]
internal sealed class UsedAsAttribute : Attribute;

internal sealed class UsedAsCatchException : Exception;
