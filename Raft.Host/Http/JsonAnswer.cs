using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Raft.Actors.Protocol;

namespace Raft.Host.Http;

/// <summary>Writes JSON answers. Each ends with a line break, so that it reads well in a terminal.</summary>
internal static class JsonAnswer
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    /// <summary>An outcome as answers write it.</summary>
    public static string Text(Outcome outcome) => outcome switch
    {
        Outcome.Done => "done",
        Outcome.NotDone => "notDone",
        _ => "unknown",
    };

    public static async Task WriteAsync(HttpContext context, int status, object body)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, Options);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length + 1;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
        }
    }

    public static Task ErrorAsync(HttpContext context, int status, string error, Outcome outcome) =>
        WriteAsync(context, status, new ErrorBody(error, Text(outcome)));
}

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Error">What is wrong and what to do.</param>
/// <param name="Outcome">done, notDone or unknown.</param>
internal sealed record ErrorBody(string Error, string Outcome)
{
    /// <summary>The leader, if the answering node knows it and does not lead itself.</summary>
    public string? Leader { get; init; }

    /// <summary>Whether the very same request can never succeed; left out if unknown.</summary>
    public bool? Permanent { get; init; }

    /// <summary>With 412: the key's present version; 0 if the key does not exist.</summary>
    public long? Version { get; init; }
}
