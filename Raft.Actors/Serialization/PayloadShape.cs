using System.Collections;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using Hyperion;

namespace Raft.Actors.Serialization;

/// <summary>
/// What Hyperion 0.12.2 writes after the name of a type: its fields in a row, or a count and that many values.
/// </summary>
/// <param name="Type">The type.</param>
/// <param name="Name">The type's name as Hyperion writes it.</param>
/// <param name="Fields">Its fields in Hyperion's order, each with the primitive that is written there without a manifest, or
/// null where a value with a manifest stands; default where a count and values stand instead.</param>
internal sealed record PayloadShape(Type Type, string Name, ImmutableArray<PayloadPrimitive?> Fields)
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>What stands for the type in announcements.</summary>
    public ulong Hash { get; } = Protocol.Abilities.Hash(Encoding.UTF8.GetBytes(Name));

    /// <summary>Whether a count and that many values follow.</summary>
    public bool IsCounted => Fields.IsDefault;

    /// <summary>The shape of a type other than a primitive or an array of primitives.</summary>
    /// <exception cref="NotSupportedException">The type cannot be carried; the message says why.</exception>
    public static PayloadShape Of(Type type)
    {
        Refuse(type);
        var fields = IsCollection(type)
            ? default
            : FieldsOf(type).Select(static field => PayloadPrimitive.Of(field.FieldType)).ToImmutableArray();
        return new PayloadShape(type, NameOf(type), fields);
    }

    /// <summary>The name by which Hyperion writes a type, without the versions of assemblies.</summary>
    public static string NameOf(Type type) => TypeFilterBuilder.Create().Include(type).Build().FilteredTypes.Single();

    /// <summary>
    /// The fields that Hyperion writes, in its order: those of the type and of its base types, by name. An inherited field
    /// that is not private is found at each level and stands there several times, as it does in Hyperion.
    /// </summary>
    public static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        var fields = new List<FieldInfo>();
        for (var level = type; level is not null; level = level.BaseType)
        {
            fields.AddRange(level.GetFields(Instance).Where(static field =>
                !field.IsDefined(typeof(IgnoreAttribute))
                && field.FieldType != typeof(nint)
                && field.FieldType != typeof(nuint)
                && field.Name != "_syncRoot"));
        }

        return fields.OrderBy(static field => field.Name, StringComparer.Ordinal);
    }

    private static void Refuse(Type type)
    {
        var reason = type switch
        {
            { ContainsGenericParameters: true } => "it is an open generic type",
            { IsPointer: true } or { IsByRef: true } or { IsByRefLike: true } or { IsFunctionPointer: true } =>
                "it is a reference or a pointer",
            { IsInterface: true } or { IsAbstract: true } => "it has no instances; list the types that implement it",
            _ when typeof(Delegate).IsAssignableFrom(type) => "it is a delegate",
            _ when typeof(MemberInfo).IsAssignableFrom(type) => "it is a type or a member of one",
            _ when typeof(Exception).IsAssignableFrom(type) => "it is an exception; carry what it says instead",
            _ when type == typeof(System.Dynamic.ExpandoObject) => "it is dynamic",
            _ when type.FullName!.StartsWith("Microsoft.FSharp.Collections.", StringComparison.Ordinal) =>
                "it is an F# collection; use an array",
            _ when type.IsArray && !type.IsSZArray => "it is an array of several dimensions",
            _ => null,
        };
        if (reason is not null)
        {
            throw new NotSupportedException($"{type} cannot be carried: {reason}");
        }
    }

    /// <summary>Whether Hyperion writes the type by its elements. Its rules, in its order.</summary>
    private static bool IsCollection(Type type)
    {
        if (type.IsSZArray)
        {
            return true;
        }

        if (!typeof(IEnumerable).IsAssignableFrom(type))
        {
            return false;
        }

        var generic = type.GetInterfaces().Where(static candidate => candidate.IsGenericType).ToArray();
        var enumerable = Array.Find(generic, static candidate => candidate.GetGenericTypeDefinition() == typeof(IEnumerable<>));
        if ((type.Namespace == "System.Collections.Immutable" && enumerable is not null)
            || Array.Exists(generic, static candidate => candidate.GetGenericTypeDefinition() == typeof(IDictionary<,>)))
        {
            return true;
        }

        if ((type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Stack<>))
            || type.GetProperty("Count")?.PropertyType != typeof(int))
        {
            return false;
        }

        var source = enumerable ?? typeof(IEnumerable<object>);
        var constructors = type.GetConstructors(Instance).Select(static constructor => constructor.GetParameters()).ToArray();
        return Array.Exists(constructors, parameters => parameters.Length == 1 && parameters[0].ParameterType == source)
            || (Array.Exists(constructors, static parameters => parameters.Length == 0)
                && Array.Exists(type.GetMethods(Instance), static method =>
                    method.Name == "Add"
                    && (method.ReturnType == typeof(void) || method.ReturnType == typeof(bool))
                    && method.GetParameters().Length == 1));
    }
}

/// <summary>A value that Hyperion writes without a name.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Manifest">The byte that stands before it where its type is not known otherwise.</param>
/// <param name="Size">Its size in bytes; 0 for a string, which carries its length.</param>
internal sealed record PayloadPrimitive(Type Type, byte Manifest, int Size)
{
    /// <summary>All of them.</summary>
    public static readonly ImmutableArray<PayloadPrimitive> All =
    [
        new(typeof(long), 2, 8),
        new(typeof(short), 3, 2),
        new(typeof(byte), 4, 1),
        new(typeof(DateTime), 5, 9),
        new(typeof(bool), 6, 1),
        new(typeof(string), 7, 0),
        new(typeof(int), 8, 4),
        new(typeof(DateTimeOffset), 10, 16),
        new(typeof(Guid), 11, 16),
        new(typeof(float), 12, 4),
        new(typeof(double), 13, 8),
        new(typeof(decimal), 14, 16),
        new(typeof(char), 15, 2),
        new(typeof(ushort), 17, 2),
        new(typeof(uint), 18, 4),
        new(typeof(ulong), 19, 8),
        new(typeof(sbyte), 20, 1),
    ];

    /// <summary>The primitive of a type, or null if the type is none.</summary>
    public static PayloadPrimitive? Of(Type type) => All.FirstOrDefault(primitive => primitive.Type == type);

    /// <summary>The primitive of a manifest, or null.</summary>
    public static PayloadPrimitive? Of(byte manifest) => All.FirstOrDefault(primitive => primitive.Manifest == manifest);
}
