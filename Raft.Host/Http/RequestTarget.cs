using System.Collections.Immutable;

namespace Raft.Host.Http;

/// <summary>A request line's target as it was sent: the path and the query's parameters, not decoded yet.</summary>
/// <param name="Path">The path.</param>
/// <param name="Parameters">The parameters, in their order.</param>
internal sealed record RequestTarget(string Path, ImmutableArray<KeyValuePair<string, string>> Parameters)
{
    private const string KeyPathPrefix = "/kv/";
    private const string KeyParameter = "key";

    // No request has this many. A parameter takes a hundred bytes of memory, and a line has room for a million of them.
    private const int MaxParameters = 16;

    /// <summary>
    /// The key's text, if the target names a key: the text after <c>/kv/</c> or <c>/kv?key=</c>. The parameter also takes
    /// keys that a path cannot carry (Kestrel refuses a zero byte, and clients tidy up <c>/../</c>).
    /// </summary>
    public string? Key => Path.StartsWith(KeyPathPrefix, StringComparison.Ordinal) ? Path[KeyPathPrefix.Length..]
        : Path == "/kv" ? Parameters.FirstOrDefault(static parameter => parameter.Key == KeyParameter).Value
        : null;

    /// <summary>Takes a target apart.</summary>
    /// <exception cref="RequestRefusedException">It has too many parameters.</exception>
    public static RequestTarget Parse(string rawTarget)
    {
        // A proxy may send the whole URL.
        var start = 0;
        if (!rawTarget.StartsWith('/'))
        {
            var scheme = rawTarget.IndexOf("://", StringComparison.Ordinal);
            start = scheme < 0 ? 0 : Math.Max(0, rawTarget.IndexOf('/', scheme + 3));
        }

        var question = rawTarget.IndexOf('?', start);
        if (question < 0)
        {
            return new RequestTarget(rawTarget[start..], []);
        }

        var parameters = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        var query = rawTarget.AsSpan(question + 1);
        foreach (var range in query.Split('&'))
        {
            var part = query[range];
            if (part.IsEmpty)
            {
                continue;
            }

            if (parameters.Count == MaxParameters)
            {
                throw new RequestRefusedException(
                    StatusCodes.Status400BadRequest, $"the request has more than {MaxParameters} parameters");
            }

            var equals = part.IndexOf('=');
            parameters.Add(equals < 0
                ? new(part.ToString(), string.Empty)
                : new(part[..equals].ToString(), part[(equals + 1)..].ToString()));
        }

        return new RequestTarget(rawTarget[start..question], parameters.ToImmutable());
    }

    /// <summary>
    /// Refuses parameters that the request does not know: a misspelt <c>expect</c> would otherwise turn a compare-and-set
    /// into a plain write.
    /// </summary>
    public void Allow(params ReadOnlySpan<string> names)
    {
        for (var i = 0; i < Parameters.Length; i++)
        {
            var name = Parameters[i].Key;
            if (!names.Contains(name) && !(name == KeyParameter && Path == "/kv"))
            {
                var known = names.IsEmpty ? "none" : string.Join(", ", names.ToArray());
                throw new RequestRefusedException(
                    StatusCodes.Status400BadRequest, $"the parameter '{Shortened(name)}' is unknown here; known: {known}");
            }

            for (var j = 0; j < i; j++)
            {
                if (Parameters[j].Key == name)
                {
                    throw new RequestRefusedException(StatusCodes.Status400BadRequest, $"the parameter '{name}' is given twice");
                }
            }
        }
    }

    /// <summary>A parameter's text; null if it is missing.</summary>
    public string? Parameter(string name) => Parameters.FirstOrDefault(parameter => parameter.Key == name).Value;

    public static string Shortened(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
