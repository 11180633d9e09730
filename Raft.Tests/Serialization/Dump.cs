using System.Collections;
using System.Globalization;
using System.Reflection;
using Raft.Actors.Model;

namespace Raft.Tests.Serialization;

/// <summary>Writes out what a message holds, all of it, so that two can be compared by what they say.</summary>
internal static class Dump
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        ReadOnlyMemory<byte> bytes => $"bytes {Convert.ToHexString(bytes.Span)}",
        EncodedPayload payload => $"payload {payload.Format} {Convert.ToHexString(payload.Bytes.Span)}",
        DateTime time => $"{time:O}",
        DateTimeOffset time => $"{time:O}",
        IFormattable simple when value.GetType().IsEnum || value.GetType().Namespace == "System" =>
            simple.ToString(null, CultureInfo.InvariantCulture),
        IConvertible simple => simple.ToString(CultureInfo.InvariantCulture),
        IDictionary map => "["
            + string.Join(", ", map.Keys.Cast<object>().Select(key => $"{Of(key)}: {Of(map[key])}").Order(StringComparer.Ordinal))
            + "]",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Of))}]",
        _ => $"{value.GetType().Name} {{ {string.Join(", ", value.GetType()
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static property => property.GetIndexParameters().Length == 0)
            .OrderBy(static property => property.Name, StringComparer.Ordinal)
            .Select(property => $"{property.Name} = {Of(property.GetValue(value))}"))} }}",
    };
}
