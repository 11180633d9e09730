using System.Buffers.Binary;
using System.Collections;
using System.Reflection;
using System.Text;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Fuzz.Inputs;
using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>
/// The reader of users' objects. It answers with an object of listed types or with its one exception, makes no more than the
/// bytes are worth, and never has .NET load an assembly because a sender named it.
/// </summary>
internal sealed class PayloadTarget : IFuzzTarget
{
    private const byte NamedType = 255;
    private const int MaxDepth = 200;

    /// <summary>Types that nobody listed, by the names that Hyperion writes.</summary>
    private static readonly string[] Unlisted =
    [
        "Raft.Fuzz.Targets.Trap, Raft.Fuzz",
        "System.IO.FileSystemWatcher, System.IO.FileSystem.Watcher",
        "System.Diagnostics.Process, System.Diagnostics.Process",
        "System.Collections.Generic.List`1[[Raft.Fuzz.Targets.Trap, Raft.Fuzz]], System.Private.CoreLib,%core%",
        "Raft.Fuzz.Targets.Trap[], Raft.Fuzz",
        "System.Xml.XmlDocument, System.Private.Xml",
        "System.Object,%core%",
        "System.Type,%core%",
        string.Concat(Enumerable.Repeat("System.Collections.Generic.List`1[[", 20)) + "System.Int32" + new string(']', 40),
    ];

    [ThreadStatic]
    private static string? _loaded;

    private readonly PayloadCodec _codec = new(PayloadSamples.Listed);
    private readonly byte[][] _samples;

    static PayloadTarget() =>
        AppDomain.CurrentDomain.AssemblyLoad += static (_, loaded) => _loaded = loaded.LoadedAssembly.FullName;

    public PayloadTarget()
    {
        _samples = [.. PayloadSamples.Objects.Select(sample => _codec.Encode(sample).Bytes.ToArray())];

        // What .NET loads for the listed types and for an exception it loads here, so that what it loads later was asked for
        // by an input.
        foreach (var sample in _samples)
        {
            Walk(Read(sample), 0);
            Walk(Read(sample[..^1]), 0);
        }
    }

    /// <inheritdoc />
    public string Name => "payloads";

    /// <inheritdoc />
    public Task TryAsync(Random luck)
    {
        var bytes = Any(luck);
        bytes = luck.Next(4) == 0 ? Renamed(bytes, luck) : bytes;
        bytes = luck.Next(8) == 0 ? bytes : Mutation.Of(bytes, Any(luck), luck);
        _loaded = null;
        object? read = null;
        Allocation.Bounded(bytes.Length, "a payload", () => read = Read(bytes));
        Walk(read, 0);
        return _loaded is { } assembly
            ? throw new FuzzFindingException($"payload {Convert.ToHexString(bytes)}: .NET loaded {assembly}")
            : Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task CheckAsync() => Task.CompletedTask;

    private byte[] Any(Random luck) => _samples[luck.Next(_samples.Length)];

    /// <summary>One of the types that the bytes name is another, which is not listed.</summary>
    private static byte[] Renamed(byte[] bytes, Random luck)
    {
        var places = Enumerable.Range(0, bytes.Length).Where(place => IsName(bytes, place)).ToArray();
        if (places.Length == 0)
        {
            return [NamedType, .. Named(luck)];
        }

        var at = places[luck.Next(places.Length)] + 1;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
        return [.. bytes[..at], .. Named(luck), .. bytes[(at + sizeof(int) + length)..]];
    }

    private static bool IsName(byte[] bytes, int place) => bytes[place] == NamedType && place + 1 + sizeof(int) < bytes.Length
        && BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(place + 1)) is var length
        && length is > 4 and < 1024 && place + 1 + sizeof(int) + length <= bytes.Length;

    private static byte[] Named(Random luck)
    {
        var name = Encoding.UTF8.GetBytes(Unlisted[luck.Next(Unlisted.Length)]);
        return [.. BitConverter.GetBytes(name.Length), .. name];
    }

    private object? Read(byte[] bytes)
    {
        try
        {
            return _codec.Decode(new EncodedPayload(PayloadFormat.Hyperion, bytes));
        }
        catch (PayloadException)
        {
            return null;
        }
        catch (Exception unexpected)
        {
            throw new FuzzFindingException($"payload {Convert.ToHexString(bytes)}: not the one exception", unexpected);
        }
    }

    /// <summary>Goes through all that was made, and stops at what nobody listed.</summary>
    private static void Walk(object? value, int depth)
    {
        if (value is null or string || value.GetType() is { IsPrimitive: true } or { IsEnum: true })
        {
            return;
        }

        var type = value.GetType();
        var own = type.Assembly == typeof(Trap).Assembly;
        if (depth > MaxDepth || (own && !PayloadSamples.Listed.Contains(type) && !type.IsArray) || !(own || IsPlain(type, depth)))
        {
            throw new FuzzFindingException($"an object of the type {type} came out of a payload, {depth} deep");
        }

        if (value is IEnumerable many)
        {
            foreach (var one in Elements(many))
            {
                Walk(one, depth + 1);
            }
        }
        else if (own)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            {
                Walk(field.GetValue(value), depth + 1);
            }
        }
    }

    /// <summary>A default ImmutableArray has no elements to be gone through.</summary>
    private static IEnumerable<object?> Elements(IEnumerable many) =>
        many is System.Collections.Immutable.ImmutableArray<Deposit> { IsDefault: true } ? [] : many.Cast<object?>();

    /// <summary>
    /// What goes without saying. A bare object does where a field is declared to hold anything, and not as a whole.
    /// </summary>
    private static bool IsPlain(Type type, int depth) =>
        type.Namespace is "System" or "System.Collections" or "System.Collections.Generic" or "System.Collections.Immutable"
            && (type != typeof(object) || depth > 0) && !typeof(Type).IsAssignableFrom(type);
}
