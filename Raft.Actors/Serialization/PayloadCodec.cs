using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Hyperion;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Serialization;

/// <summary>
/// Turns commands, queries and results into bytes and back. Bytes are carried as they are; objects by Hyperion, if their
/// types are listed. Safe for use by several threads at once.
/// </summary>
/// <remarks>
/// An object is carried with all that hangs on it: each class, record or struct among it must be listed too. What goes
/// without saying: numbers, strings, dates, Guids, and the enumerations, arrays and ordinary collections that fields are
/// declared with, if what they contain is allowed. As a whole, <c>string</c>, <c>bool</c>, <c>int</c>, <c>long</c>,
/// <c>double</c> and arrays of primitives are always allowed. References are not kept: an object that is met twice arrives
/// twice, and one that refers to itself cannot be carried.
/// </remarks>
public sealed class PayloadCodec
{
    private const byte NamedType = 255;

    private readonly PayloadTypes _types;
    private readonly Serializer _hyperion;

    /// <summary>Makes a codec.</summary>
    /// <param name="types">The listed types; their order does not matter.</param>
    /// <param name="maxBytes">How large an encoded object may be when it is written, in bytes; above zero. Bytes are not
    /// limited here.</param>
    /// <exception cref="RaftConfigurationException">A listed type cannot be carried; the message says why.</exception>
    public PayloadCodec(IEnumerable<Type> types, int maxBytes = 16 * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        MaxBytes = maxBytes;
        Types = [.. types.Distinct().OrderBy(static type => type.AssemblyQualifiedName, StringComparer.Ordinal)];
        try
        {
            _types = new PayloadTypes(Types);
            if (_types.Names.Count() > Abilities.MaxTypes)
            {
                throw new NotSupportedException(
                    $"{Types.Length} types are listed, which make {_types.Names.Count()} with their lists and arrays; "
                    + $"a server announces at most {Abilities.MaxTypes}");
            }

            _hyperion = MakeSerializer(_types);
            ListedNames = [.. Types.Select(PayloadShape.NameOf)];
        }
        catch (Exception cause)
        {
            throw new RaftConfigurationException($"raft.types: {cause.Message}", cause);
        }
    }

    /// <summary>The listed types, by name.</summary>
    public ImmutableArray<Type> Types { get; }

    /// <summary>How large an encoded object may be when it is written, in bytes.</summary>
    public int MaxBytes { get; }

    /// <summary>The names of the types that can be read, as they stand in payloads.</summary>
    internal IEnumerable<string> TypeNames => _types.Names;

    /// <summary>The names of the listed types, as they stand in payloads.</summary>
    internal ImmutableArray<string> ListedNames { get; }

    /// <summary>What this process reads with this codec, as that version of the library.</summary>
    internal Abilities AbilitiesOf(string software) => new(
        software,
        (byte)Enum.GetValues<EntryKind>().Max(),
        [.. TypeNames.Select(static name => Abilities.Hash(Encoding.UTF8.GetBytes(name))).Order()]);

    /// <summary>The types that an encoded object names, on the outside and within; none for bytes.</summary>
    /// <exception cref="PayloadException">It cannot be read here.</exception>
    internal IReadOnlyList<PayloadShape> ShapesIn(EncodedPayload payload) =>
        payload.Format == PayloadFormat.Hyperion ? PayloadInspector.Inspect(payload.Bytes.Span, _types) : [];

    /// <summary>The name of the type of an encoded object, in UTF-8; empty if it goes without saying, and of bytes.</summary>
    internal static ReadOnlySpan<byte> TypeNameOf(EncodedPayload payload)
    {
        var bytes = payload.Bytes.Span;
        if (payload.Format != PayloadFormat.Hyperion || bytes.Length < 1 + sizeof(int) || bytes[0] != NamedType)
        {
            return [];
        }

        var length = BitConverter.ToInt32(bytes[1..]);
        var name = bytes[(1 + sizeof(int))..];
        return length >= 0 && length <= name.Length ? name[..length] : [];
    }

    /// <summary>Finds the types that <c>raft.types</c> lists.</summary>
    /// <param name="assemblyQualifiedNames">Their names with their assemblies', such as <c>Bank.Deposit, Bank</c>.</param>
    /// <exception cref="RaftConfigurationException">There is no such type; the message names it.</exception>
    public static ImmutableArray<Type> ResolveTypes(IEnumerable<string> assemblyQualifiedNames)
    {
        var types = ImmutableArray.CreateBuilder<Type>();
        foreach (var name in assemblyQualifiedNames)
        {
            try
            {
                types.Add(Type.GetType(name, throwOnError: true)!);
            }
            catch (Exception cause)
            {
                throw new RaftConfigurationException(
                    $"raft.types: there is no type '{name}' ({cause.Message}); write 'Namespace.Type, Assembly'", cause);
            }
        }

        return types.ToImmutable();
    }

    /// <summary>Encodes a command, a query or a result.</summary>
    /// <param name="value">
    /// Null, bytes (<c>byte[]</c> or <c>ReadOnlyMemory&lt;byte&gt;</c>: not copied, so not to be changed afterwards), an
    /// <see cref="EncodedPayload"/> (returned as it is), or an object of an allowed type.
    /// </param>
    /// <exception cref="PayloadException">The object cannot be carried: an unlisted type, too large, too deep.</exception>
    public EncodedPayload Encode(object? value) => value switch
    {
        null => new EncodedPayload(PayloadFormat.Null, ReadOnlyMemory<byte>.Empty),
        EncodedPayload encoded => encoded,
        byte[] bytes => new EncodedPayload(PayloadFormat.Bytes, bytes),
        ReadOnlyMemory<byte> bytes => new EncodedPayload(PayloadFormat.Bytes, bytes),
        Memory<byte> bytes => new EncodedPayload(PayloadFormat.Bytes, bytes),
        _ => new EncodedPayload(PayloadFormat.Hyperion, Write(value)),
    };

    /// <summary>Decodes what <see cref="Encode"/> made: null, a <c>ReadOnlyMemory&lt;byte&gt;</c> or an object.</summary>
    /// <exception cref="PayloadException">The bytes make no sense or contain a type that is not listed.</exception>
    public object? Decode(EncodedPayload payload) => payload.Format switch
    {
        PayloadFormat.Null => null,
        PayloadFormat.Bytes => payload.Bytes,
        PayloadFormat.Hyperion => Read(payload.Bytes),
        _ => throw new PayloadException($"the payload format {(byte)payload.Format} is unknown"),
    };

    private static Serializer MakeSerializer(PayloadTypes types)
    {
        // Known types, which Hyperion writes as their place in a list instead of their name, are not used: a list that
        // grows or is ordered otherwise on another server would read them, and old journals, as other types. References
        // are not preserved because Hyperion takes objects that are equal for the same one.
        var serializer = new Serializer(new SerializerOptions(
            versionTolerance: false,
            preserveObjectReferences: false,
            surrogates: null,
            serializerFactories: null,
            knownTypes: null,
            ignoreISerializable: true,
            packageNameOverrides: null,
            disallowUnsafeTypes: true,
            typeFilter: types));

        // Hyperion generates the code for a type at its first use. A type for which that fails in one thread leaves all others
        // waiting forever, so it is done here, where a type that is unfit is an error in the settings.
        foreach (var type in types.Types)
        {
            serializer.GetSerializerByType(type).GetElementType();
            var name = Encoding.UTF8.GetBytes(PayloadShape.NameOf(type));
            using var manifest = new MemoryStream([NamedType, .. BitConverter.GetBytes(name.Length), .. name]);
            serializer.GetDeserializerByManifest(manifest, serializer.GetDeserializerSession());
        }

        return serializer;
    }

    private byte[] Write(object value)
    {
        if (!_types.IsAllowedAsPayload(value.GetType()))
        {
            throw new PayloadException(
                $"the type '{value.GetType()}' is not listed; add '{value.GetType().FullName}, " +
                $"{value.GetType().Assembly.GetName().Name}' to raft.types on every server and client");
        }

        using var stream = new PayloadStream(MaxBytes);
        try
        {
            _hyperion.Serialize(value, stream);
        }
        catch (Exception cause)
        {
            throw new PayloadException($"an object of the type '{value.GetType()}' could not be written: {cause.Message}", cause);
        }

        if (stream.Written > MaxBytes)
        {
            throw new PayloadException(stream.Written, MaxBytes);
        }

        try
        {
            PayloadInspector.Inspect(stream.Bytes.Span, _types);
        }
        catch (PayloadException cause)
        {
            throw new PayloadException($"an object of the type '{value.GetType()}' cannot be carried: {cause.Message}", cause);
        }

        // Of the exact size, because it may stay in the log for long.
        return stream.Bytes.ToArray();
    }

    private object Read(ReadOnlyMemory<byte> bytes)
    {
        PayloadInspector.Inspect(bytes.Span, _types);
        if (!MemoryMarshal.TryGetArray(bytes, out var segment))
        {
            segment = bytes.ToArray();
        }

        try
        {
            using var stream = new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
            return _hyperion.Deserialize(stream) ?? throw new PayloadException("the object is null");
        }
        catch (Exception cause) when (cause is not PayloadException)
        {
            throw new PayloadException($"the object could not be read: {cause.Message}", cause);
        }
    }
}
