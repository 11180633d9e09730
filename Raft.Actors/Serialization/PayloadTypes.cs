using System.Collections.Frozen;
using System.Collections.Immutable;
using Hyperion;

namespace Raft.Actors.Serialization;

/// <summary>
/// The types that payloads may contain: those that are listed, and what goes without saying, which is arrays and lists of
/// them, and the collections, enumerations and simple structs that the fields of listed types are declared with. A class
/// or record of the users' own never goes without saying.
/// </summary>
internal sealed class PayloadTypes : ITypeFilter
{
    private static readonly FrozenSet<Type> AlwaysAllowed =
        new[] { typeof(string), typeof(bool), typeof(int), typeof(long), typeof(double) }.ToFrozenSet();

    private static readonly FrozenSet<Type> SimpleTypes =
        new[] { typeof(TimeSpan), typeof(DateOnly), typeof(TimeOnly) }.ToFrozenSet();

    private static readonly FrozenSet<Type> Collections = new[]
    {
        typeof(List<>), typeof(HashSet<>), typeof(SortedSet<>), typeof(Dictionary<,>), typeof(SortedDictionary<,>),
        typeof(KeyValuePair<,>), typeof(ValueTuple<,>), typeof(ValueTuple<,,>), typeof(ValueTuple<,,,>),
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    }.ToFrozenSet();

    private static readonly FrozenSet<Type> ListInterfaces = new[]
    {
        typeof(IEnumerable<>), typeof(ICollection<>), typeof(IList<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>),
    }.ToFrozenSet();

    private static readonly FrozenSet<Type> DictionaryInterfaces =
        new[] { typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>) }.ToFrozenSet();

    private readonly Dictionary<string, PayloadShape> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PayloadShape>.AlternateLookup<ReadOnlySpan<char>> _shapesBySpan;
    private readonly HashSet<Type> _allowed = [];
    private readonly FrozenSet<string> _qualifiedNames;

    /// <exception cref="NotSupportedException">A listed type cannot be carried; the message says why.</exception>
    public PayloadTypes(ImmutableArray<Type> listed)
    {
        _shapesBySpan = _shapes.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var type in AlwaysAllowed.Concat(listed))
        {
            Add(type);
            Add(typeof(List<>).MakeGenericType(type));
            Add(type.MakeArrayType());
        }

        // Hyperion asks for the long name when it writes and for the short name when it reads.
        _allowed.UnionWith(PayloadPrimitive.All.Select(static primitive => primitive.Type.MakeArrayType()));
        _qualifiedNames = _allowed.Select(static type => type.AssemblyQualifiedName!).ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>The types that have a shape, in the order in which they were come across.</summary>
    public IEnumerable<Type> Types => _shapes.Values.Select(static shape => shape.Type);

    /// <summary>The names of the types that have a shape, as they stand in payloads.</summary>
    public IEnumerable<string> Names => _shapes.Keys;

    /// <summary>Whether a payload as a whole may be of that type.</summary>
    public bool IsAllowedAsPayload(Type type) => _allowed.Contains(type);

    /// <summary>The shape of the type with that name, or null if the type is not allowed.</summary>
    public PayloadShape? Find(ReadOnlySpan<char> name) => _shapesBySpan.TryGetValue(name, out var shape) ? shape : null;

    /// <inheritdoc />
    public bool IsAllowed(string typeName) => _shapes.ContainsKey(typeName) || _qualifiedNames.Contains(typeName);

    private static bool IsPrimitiveArray(Type type) => type.IsSZArray && PayloadPrimitive.Of(type.GetElementType()!) is not null;

    private void Add(Type type)
    {
        // Hyperion writes primitives and arrays of them without a name.
        if (!_allowed.Add(type) || PayloadPrimitive.Of(type) is not null || IsPrimitiveArray(type))
        {
            return;
        }

        var shape = PayloadShape.Of(type);
        _shapes.Add(shape.Name, shape);
        if (type.IsGenericType)
        {
            foreach (var argument in type.GetGenericArguments())
            {
                Imply(argument);
            }

            if (type.GetInterfaces().Any(static candidate =>
                candidate.IsGenericType && candidate.GetGenericTypeDefinition() == typeof(IDictionary<,>)))
            {
                Add(typeof(System.Collections.DictionaryEntry));
                Add(typeof(KeyValuePair<,>).MakeGenericType(type.GetGenericArguments()[..2]));
            }
        }

        if (type.IsSZArray)
        {
            Imply(type.GetElementType()!);
        }
        else if (!shape.IsCounted)
        {
            foreach (var field in PayloadShape.FieldsOf(type))
            {
                Imply(field.FieldType);
            }
        }
    }

    /// <summary>Adds what a declared type lets one expect, if it is harmless.</summary>
    private void Imply(Type declared)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum || SimpleTypes.Contains(type) || type.IsSZArray)
        {
            Add(type);
        }
        else if (type.IsGenericType)
        {
            var definition = type.GetGenericTypeDefinition();
            if (Collections.Contains(definition))
            {
                Add(type);
            }
            else if (ListInterfaces.Contains(definition))
            {
                Add(type.GetGenericArguments()[0].MakeArrayType());
                Add(typeof(List<>).MakeGenericType(type.GetGenericArguments()));
            }
            else if (DictionaryInterfaces.Contains(definition))
            {
                Add(typeof(Dictionary<,>).MakeGenericType(type.GetGenericArguments()));
            }
        }
    }
}
