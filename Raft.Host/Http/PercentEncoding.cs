using System.Buffers;
using System.Text;

namespace Raft.Host.Http;

/// <summary>
/// Bytes in a URL. ASP.NET would decode a path into text, which cannot hold arbitrary bytes, and would leave %2F and bad
/// encodings as they are. A key is bytes, so the host reads the request line itself. A plus sign means a plus sign.
/// </summary>
internal static class PercentEncoding
{
    private static readonly SearchValues<byte> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"u8);

    /// <summary>Decodes a part of a request line.</summary>
    /// <param name="text">The part.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <param name="maximum">How many bytes it may have.</param>
    /// <param name="tooLong">The status to answer if it has more.</param>
    /// <exception cref="RequestRefusedException">It is badly encoded or too long.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text, string what, int maximum, int tooLong = StatusCodes.Status414UriTooLong)
    {
        var bytes = new byte[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (character == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    throw new RequestRefusedException(
                        StatusCodes.Status400BadRequest,
                        $"the {what} has '{text.Slice(i, Math.Min(3, text.Length - i))}' at character {i}; "
                        + "two hexadecimal digits must follow %");
                }

                bytes[length++] = (byte)((Hex(text[i + 1]) << 4) | Hex(text[i + 2]));
                i += 2;
            }
            else if (char.IsAscii(character))
            {
                bytes[length++] = (byte)character;
            }
            else
            {
                throw new RequestRefusedException(
                    StatusCodes.Status400BadRequest, $"percent-encode character {i} of the {what}; a URL cannot contain it");
            }
        }

        return length <= maximum
            ? bytes[..length]
            : throw new RequestRefusedException(tooLong, $"the {what} has {length} bytes, but the limit is {maximum}");
    }

    /// <summary>Encodes bytes for a path.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (Unreserved.Contains(value))
            {
                text.Append((char)value);
            }
            else
            {
                text.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    private static int Hex(char digit) => char.IsAsciiDigit(digit) ? digit - '0' : char.ToLowerInvariant(digit) - 'a' + 10;
}
