using System.Globalization;
using Microsoft.Extensions.Primitives;
using Raft.Host.KeyValue;

namespace Raft.Host.Http;

/// <summary>Reads the condition of a compare-and-set: If-Match, If-None-Match or the parameter expect.</summary>
internal static class Conditions
{
    public const string ExpectParameter = "expect";

    /// <exception cref="RequestRefusedException">The condition cannot be read, or there are two.</exception>
    public static KeyValueCondition Read(IHeaderDictionary headers, RequestTarget target)
    {
        var found = new List<KeyValueCondition>(1);
        if (headers.IfMatch.Count > 0)
        {
            found.Add(IfMatch(headers.IfMatch));
        }

        if (headers.IfNoneMatch.Count > 0)
        {
            found.Add(headers.IfNoneMatch is [{ } only] && only.Trim() == "*"
                ? KeyValueCondition.Absent
                : throw Refused(
                    $"If-None-Match: {Shown(headers.IfNoneMatch)} is not supported; "
                    + "use *, which means: only if the key does not exist"));
        }

        if (target.Parameter(ExpectParameter) is { } expected)
        {
            found.Add(KeyValueCondition.ValueIs(PercentEncoding.Decode(
                expected, $"value of '{ExpectParameter}'", KeyValueLimits.MaxExpectedValueBytes)));
        }

        return found.Count switch
        {
            0 => KeyValueCondition.None,
            1 => found[0],
            _ => throw Refused("give only one condition: If-Match, If-None-Match or the parameter expect"),
        };
    }

    private static KeyValueCondition IfMatch(StringValues header)
    {
        var text = header is [{ } only] ? only.Trim() : string.Empty;
        if (text == "*")
        {
            return KeyValueCondition.Present;
        }

        return text is ['"', .., '"'] and { Length: > 2 }
            && long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && version > 0
                ? KeyValueCondition.VersionIs(version)
                : throw Refused(
                    $"If-Match: {Shown(header)} is not supported; use \"<version>\" with its quotes, as ETag gives it, "
                    + "or *, which means: only if the key exists");
    }

    private static string Shown(StringValues header) => RequestTarget.Shortened(header.ToString());

    private static RequestRefusedException Refused(string message) => new(StatusCodes.Status400BadRequest, message);
}
