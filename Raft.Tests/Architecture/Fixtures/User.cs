using Raft.Tests.Architecture.Fixtures.Kinds;

namespace Raft.Tests.Architecture.Fixtures;

/// <summary>Uses each type of a folder in one way of its own.</summary>
[UsedAs]
internal sealed class User : UsedAsBase, IUsedAsInterface
{
    public static readonly List<UsedAsField[]?> Field = [];

    public static bool Catches(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (UsedAsCatchException)
        {
            return true;
        }
    }

    public static bool Takes(UsedAsParameter? parameter) => parameter is null;

    public static bool Constrains<T>(T? value)
        where T : IComparable<UsedAsConstraint> => value is null;

    public static bool Makes(Type type) => type == typeof(Dictionary<string, UsedAsElement>);
}
