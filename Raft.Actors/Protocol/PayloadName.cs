namespace Raft.Actors.Protocol;

/// <summary>
/// Names the kind of a command, a query or a result, for lines of the log. The content is the application's, and is never
/// logged.
/// </summary>
internal static class PayloadName
{
    public static string Of(object? payload) => payload switch
    {
        null => "null",
        byte[] bytes => $"{bytes.Length} bytes",
        ReadOnlyMemory<byte> bytes => $"{bytes.Length} bytes",
        Memory<byte> bytes => $"{bytes.Length} bytes",
        Model.EncodedPayload encoded => $"{encoded.Length} encoded bytes",
        _ => payload.GetType().ToString(),
    };
}
