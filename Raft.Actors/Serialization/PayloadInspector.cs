using System.Buffers.Binary;
using System.Text;

namespace Raft.Actors.Serialization;

/// <summary>
/// Walks through an object as Hyperion 0.12.2 wrote it, without making anything of it, and refuses what Hyperion must not be
/// given.
/// </summary>
/// <remarks>
/// Hyperion allocates an array of any length that a message claims (seven bytes cost 1.9 GB). It loads types by the names that
/// it finds. It calls itself for each level of nesting, so 100 KB of nested objects end the process with a stack overflow. None
/// of that can be caught or bounded from outside, because a stream cannot tell a length from a number. So this walk comes
/// first: every type must be allowed, every length and count must fit into the bytes that are left, the nesting must not be too
/// deep, and the object must end where the bytes end. It also runs on what was just written, so that a command whose type is
/// unfit for it (or an unlisted object in one of its fields) is refused at the sender, and not when each replica reads it.
/// </remarks>
internal ref struct PayloadInspector
{
    /// <summary>How deeply objects may be nested: the same everywhere, for all replicas must refuse the same payloads.</summary>
    public const int MaxDepth = 100;

    private const byte Null = 0;
    private const byte EmptyObject = 1;
    private const byte ByteArray = 9;
    private const byte TypeValue = 16;
    private const byte PrimitiveArray = 252;
    private const byte TypeIndex = 254;
    private const byte TypeName = 255;
    private const byte LongString = 255;
    private const int MaxNameLength = 1024;

    private static readonly PayloadPrimitive?[] Primitives =
        [.. Enumerable.Range(0, 256).Select(static manifest => PayloadPrimitive.Of((byte)manifest))];

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly PayloadTypes _types;
    private List<PayloadShape>? _named;
    private int _position;

    private PayloadInspector(ReadOnlySpan<byte> bytes, PayloadTypes types)
    {
        _bytes = bytes;
        _types = types;
    }

    private readonly int Remaining => _bytes.Length - _position;

    /// <summary>Walks through one object.</summary>
    /// <returns>The types that it names, on the outside and within.</returns>
    /// <exception cref="PayloadException">It is not one that may be given to Hyperion.</exception>
    public static IReadOnlyList<PayloadShape> Inspect(ReadOnlySpan<byte> bytes, PayloadTypes types)
    {
        var inspector = new PayloadInspector(bytes, types);
        inspector.Root();
        if (inspector.Remaining > 0)
        {
            throw new PayloadException($"{inspector.Remaining} bytes are left over after the object");
        }

        return inspector._named is { } named ? named : [];
    }

    private void Root()
    {
        if (Remaining > 0 && Primitives[_bytes[0]] is { } primitive && !_types.IsAllowedAsPayload(primitive.Type))
        {
            throw new PayloadException($"the type '{primitive.Type}' is not listed in raft.types");
        }

        // A field within an object may hold one. It cannot be a whole payload.
        if (Remaining > 0 && _bytes[0] == EmptyObject)
        {
            throw new PayloadException($"the type '{typeof(object)}' is not listed in raft.types");
        }

        Value(0);
    }

    private void Value(int depth)
    {
        if (depth > MaxDepth)
        {
            throw new PayloadException($"objects are nested more than {MaxDepth} deep");
        }

        var manifest = Byte();
        if (Primitives[manifest] is { } primitive)
        {
            Content(primitive);
            return;
        }

        switch (manifest)
        {
            case Null or EmptyObject:
                break;
            case ByteArray:
                Skip(Int());
                break;
            case PrimitiveArray:
                Array();
                break;
            case TypeName:
                Content(Named(), depth);
                break;
            case TypeIndex:
                Content(Seen(), depth);
                break;
            case TypeValue:
                throw new PayloadException("the type 'System.Type' cannot be carried");
            default:
                throw new PayloadException($"the manifest {manifest} is unknown");
        }
    }

    private void Content(PayloadShape shape, int depth)
    {
        if (shape.IsCounted)
        {
            // Each value takes a byte at least: its manifest.
            var count = Int();
            if (count < 0 || count > Remaining)
            {
                throw new PayloadException($"{count} elements are announced in {Remaining} bytes");
            }

            for (var i = 0; i < count; i++)
            {
                Value(depth + 1);
            }

            return;
        }

        foreach (var field in shape.Fields)
        {
            if (field is null)
            {
                Value(depth + 1);
            }
            else
            {
                Content(field);
            }
        }
    }

    private void Content(PayloadPrimitive primitive) => Skip(primitive.Size > 0 ? primitive.Size : StringLength());

    private void Array()
    {
        var element = Primitives[Byte()] ?? throw new PayloadException("an array of unknown elements");
        var count = Int();
        if (count < 0 || count > Remaining)
        {
            throw new PayloadException($"{count} elements are announced in {Remaining} bytes");
        }

        if (element.Size > 0)
        {
            Skip((long)count * element.Size);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            Skip(StringLength());
        }
    }

    private PayloadShape Named()
    {
        var length = Int();
        if (length < 0 || length > Math.Min(Remaining, MaxNameLength))
        {
            throw new PayloadException($"a type's name of {length} bytes");
        }

        Span<char> characters = stackalloc char[MaxNameLength];
        var bytes = _bytes.Slice(_position, length);
        var name = characters[..Encoding.UTF8.GetChars(bytes, characters)];
        _position += length;
        var shape = _types.Find(name) ?? throw new PayloadException($"the type '{name}' is not listed in raft.types");
        (_named ??= []).Add(shape);
        return shape;
    }

    private PayloadShape Seen()
    {
        var index = BinaryPrimitives.ReadUInt16LittleEndian(Skip(sizeof(ushort)));
        return _named is not null && index < _named.Count
            ? _named[index]
            : throw new PayloadException("a type is referred to that was not named");
    }

    private int StringLength() => Byte() switch
    {
        0 => 0,
        LongString => Int(),
        var length => length - 1,
    };

    private byte Byte() => Skip(1)[0];

    private int Int() => BinaryPrimitives.ReadInt32LittleEndian(Skip(sizeof(int)));

    private ReadOnlySpan<byte> Skip(long count)
    {
        if (count < 0 || count > Remaining)
        {
            throw new PayloadException("the bytes end in the middle of an object");
        }

        var span = _bytes.Slice(_position, (int)count);
        _position += (int)count;
        return span;
    }
}
