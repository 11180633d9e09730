namespace Raft.Actors.Protocol;

/// <summary>What a log may say of a command, a query or a result: its kind. What is in it is the application's.</summary>
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
