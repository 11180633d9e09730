using System.Net.Sockets;
using System.Security.Authentication;

namespace Raft.Actors.Hosting.Tls;

/// <summary>What an exception of a TLS connection means, in words.</summary>
internal static class TlsTrouble
{
    /// <summary>Whether an exception is one of the connection or of its peer, and none of ours.</summary>
    public static bool IsOfConnection(Exception failure) =>
        failure is SocketException or IOException or AuthenticationException
            or OperationCanceledException or ObjectDisposedException or InvalidDataException;

    /// <summary>Why a handshake failed.</summary>
    /// <param name="failure">What was thrown.</param>
    /// <param name="refusal">Why the peer's certificate was refused; null: it was not.</param>
    /// <param name="patience">How long it was waited.</param>
    public static string OfHandshake(Exception failure, string? refusal, TimeSpan patience) => refusal ?? failure switch
    {
        OperationCanceledException => $"it did not answer the TLS handshake within {patience.TotalSeconds:0.#} s",
        AuthenticationException { InnerException: null } => $"what answers there does not speak TLS ({Innermost(failure)})",
        AuthenticationException when IsAlert(failure) =>
            $"it refused the handshake ({Innermost(failure)}); it may not accept this server's certificate",
        AuthenticationException => $"the TLS handshake failed ({Innermost(failure)})",
        _ when IsReset(failure) => "it reset the connection in the midst of the TLS handshake",
        _ when IsAlert(failure) =>
            $"it refused the handshake ({Innermost(failure)}); it may not accept this server's certificate",
        _ => $"it closed the connection in the midst of the TLS handshake ({Innermost(failure)})",
    };

    /// <summary>
    /// Whether the peer has answered with an alert, as it does when it refuses a certificate; with TLS 1.3 after the handshake.
    /// </summary>
    public static bool IsAlert(Exception failure) =>
        Chain(failure).Any(static inner => inner.Message.Contains(" alert ", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the peer (or its system) has cut the connection off.</summary>
    public static bool IsReset(Exception failure) =>
        Chain(failure).Any(static inner =>
            inner is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown });

    /// <summary>The text of the innermost exception, which says most.</summary>
    public static string Innermost(Exception failure) => Chain(failure).Last().Message.Trim().TrimEnd('.');

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
        }
    }
}
