namespace Raft.Actors.Hosting.Door;

/// <summary>Why a frame is not let in.</summary>
internal enum RefusalKind
{
    /// <summary>The bytes are no frame of Akka.Remote's.</summary>
    Malformed,

    /// <summary>The message is of a serializer that is not let in (<c>raft.door.serializers</c>).</summary>
    Serializer,

    /// <summary>The serializer is one of those that the group needs; this message of it is not.</summary>
    Message,

    /// <summary>A system message, or a receipt for one: in a group no actor watches actors of other systems.</summary>
    SystemMessage,

    /// <summary>A selection of actors that are not the group's.</summary>
    Selection,

    /// <summary>The message is for an actor of another system.</summary>
    Elsewhere,

    /// <summary>A path or a manifest that is longer than any of ours.</summary>
    TooLong,

    /// <summary>A message between servers, from a peer whose certificate is not that of the server that it names.</summary>
    Impersonation,

    /// <summary>What only servers say, from a peer whose certificate is no server's.</summary>
    NoServer,

    /// <summary>A handshake with an address that is not the certificate's.</summary>
    Address,
}

/// <summary>A frame that is not let in.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Serializer">The number of the message's serializer; 0 if it does not come to that.</param>
/// <param name="Text">The manifest, or the path, as far as it can be shown: printable and short.</param>
/// <param name="Holder">The holder of the peer's certificate, if that is the reason.</param>
internal readonly record struct Refusal(RefusalKind Kind, int Serializer = 0, string Text = "", string Holder = "")
{
    private const int MaxText = 80;

    /// <summary>Whether the reason is the peer's identity, and not the message.</summary>
    public bool IsOfIdentity => Kind is RefusalKind.Impersonation or RefusalKind.NoServer or RefusalKind.Address;

    /// <summary>What an operator reads.</summary>
    public string Reason => Kind switch
    {
        RefusalKind.Malformed => "its bytes are none that Akka.Remote writes",
        RefusalKind.SystemMessage => $"it is a system message, such as a watch; {Opening(AkkaSerializers.SystemMessages)}",
        RefusalKind.Selection => $"it goes to a selection of actors ('{Text}') that is not the group's; {Opening(Serializer)}",
        RefusalKind.Elsewhere => $"it is for an actor of another system ('{Text}'): its sender knows this one by another address",
        RefusalKind.TooLong => $"a path or manifest in it is too long ('{Text}')",
        RefusalKind.Impersonation => $"it is a message {Text}, and the sender's certificate is {Holder}",
        RefusalKind.NoServer => $"it is the {Text}, which only servers send, and the sender's certificate is {Holder}",
        RefusalKind.Address => $"it is a handshake, and the sender's certificate {Text}",
        RefusalKind.Message => $"serializer {Serializer} is let in, its message '{Text}' is not; {Opening(Serializer)}",
        _ => $"serializer {Serializer} (message '{Text}') is not let in; {Opening(Serializer)}",
    };

    /// <summary>Bytes of a stranger's as a text that harms no terminal and fills no log.</summary>
    public static string Clean(ReadOnlySpan<byte> text)
    {
        var shown = text.Length <= MaxText ? text : text[..MaxText];
        Span<char> clean = stackalloc char[shown.Length];
        for (var place = 0; place < shown.Length; place++)
        {
            clean[place] = shown[place] is >= 0x20 and < 0x7F ? (char)shown[place] : '?';
        }

        return text.Length <= MaxText ? new string(clean) : $"{clean}…";
    }

    private static string Opening(int serializer) =>
        $"if your application needs it, add {serializer} to raft.door.serializers (docs/operations.md, The door)";
}
