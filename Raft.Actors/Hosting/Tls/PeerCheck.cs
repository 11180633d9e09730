using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;

namespace Raft.Actors.Hosting.Tls;

/// <summary>Whether one peer's certificate is accepted, and why not.</summary>
/// <param name="settings">What is asked of it.</param>
/// <param name="host">The name that was connected to; null where the peer has connected.</param>
/// <param name="peer">Who it is, for the application's own check.</param>
/// <param name="log">For the application's own check.</param>
internal sealed class PeerCheck(TlsSettings settings, string? host, string peer, ILoggingAdapter log)
{
    /// <summary>Why it was refused; null: it was not, or not yet.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Called by <see cref="SslStream"/> in the handshake.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var shown = certificate as X509Certificate2;
        if (settings.Validator is { } validator)
        {
            Refusal = shown is not null && validator(shown, chain, peer, errors, log)
                ? null
                : $"its certificate ({shown?.Subject ?? "none"}) was refused by the application's own check";
        }
        else
        {
            Refusal = CertificateProblem.Describe(
                shown, CertificateProblem.StatusOf(chain), errors & ~settings.Forgiven, host, TimeProvider.System.GetUtcNow());
        }

        return Refusal is null;
    }
}
