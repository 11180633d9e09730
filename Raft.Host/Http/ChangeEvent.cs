using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Raft.Actors.Model;

namespace Raft.Host.Http;

/// <summary>
/// Writes changes as server-sent events, one piece at a time. A change may have megabytes, and a client that does not read
/// must not make the server hold them. Between two pieces it holds only two numbers.
/// </summary>
internal sealed class ChangeEvent
{
    /// <summary>The bytes of a piece of a key or value. A multiple of three, so that pieces of base64 fit together.</summary>
    public const int PieceBytes = 12 * 1024;

    private Part _part;
    private int _offset;

    private enum Part
    {
        Head,
        Key,
        Value,
    }

    /// <summary>Whether a change is partly written.</summary>
    public bool IsInside => _part != Part.Head;

    /// <summary>Writes the next piece of a change; true if it was the last.</summary>
    public bool Write(IBufferWriter<byte> output, KeyChange change)
    {
        if (_part == Part.Head)
        {
            var kind = change.Value is null ? "delete" : "put";
            Text(output, string.Create(
                CultureInfo.InvariantCulture,
                $"id: {change.Index}\nevent: {kind}\ndata: {{\"index\":{change.Index},\"key\":\""));
            _part = Part.Key;
        }

        if (_part == Part.Key)
        {
            Text(output, PercentEncoding.Encode(Next(change.Key.Span)));
            if (_offset < change.Key.Length)
            {
                return false;
            }

            Text(output, change.Value is null ? "\"" : "\",\"value\":\"");
            (_part, _offset) = (Part.Value, 0);
        }

        if (change.Value is { } value)
        {
            var piece = Next(value.Span);
            Base64.EncodeToUtf8(piece, output.GetSpan(Base64.GetMaxEncodedToUtf8Length(piece.Length)), out _, out var written);
            output.Advance(written);
            if (_offset < value.Length)
            {
                return false;
            }

            Text(output, "\"");
        }

        Text(output, "}\n\n");
        (_part, _offset) = (Part.Head, 0);
        return true;
    }

    private static void Text(IBufferWriter<byte> output, string text) => Encoding.UTF8.GetBytes(text, output);

    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> bytes)
    {
        var piece = bytes.Slice(_offset, Math.Min(PieceBytes, bytes.Length - _offset));
        _offset += piece.Length;
        return piece;
    }
}
