using Google.Protobuf;

namespace Raft.Fuzz.Targets;

/// <summary>
/// One message as Google's reader takes it, which Akka.NET uses: two of a field that holds a message are one, two of another
/// field are the last. What it cannot read, Akka.NET does not read either.
/// </summary>
internal sealed class LooseReader
{
    private readonly Dictionary<int, List<byte[]>> _bytes = [];
    private readonly Dictionary<int, ulong> _numbers = [];

    /// <summary>Reads a message.</summary>
    /// <exception cref="InvalidProtocolBufferException">Google's reader refuses it.</exception>
    public LooseReader(byte[] message)
    {
        using var input = new CodedInputStream(message);
        while (input.ReadTag() is > 0 and var tag)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            switch (WireFormat.GetTagWireType(tag))
            {
                case WireFormat.WireType.LengthDelimited:
                    if (!_bytes.TryGetValue(field, out var all))
                    {
                        _bytes.Add(field, all = []);
                    }

                    all.Add(input.ReadBytes().ToByteArray());
                    break;
                case WireFormat.WireType.Varint:
                    _numbers[field] = input.ReadUInt64();
                    break;
                case WireFormat.WireType.Fixed64:
                    _numbers[field] = input.ReadFixed64();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }
    }

    /// <summary>Whether the field is there, and holds bytes.</summary>
    public bool Has(int field) => _bytes.ContainsKey(field);

    /// <summary>A field that is a message.</summary>
    public byte[] Merged(int field) => _bytes.TryGetValue(field, out var all) ? [.. all.SelectMany(static bytes => bytes)] : [];

    /// <summary>A field that is bytes or a text.</summary>
    public byte[] Last(int field) => _bytes.TryGetValue(field, out var all) ? all[^1] : [];

    /// <summary>A field that is there any number of times.</summary>
    public IReadOnlyList<byte[]> All(int field) => _bytes.TryGetValue(field, out var all) ? all : [];

    /// <summary>A field that is a number.</summary>
    public ulong Number(int field) => _numbers.GetValueOrDefault(field);
}
