using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Hosting.Identity;

namespace Raft.Actors.Hosting.Tls;

/// <summary>Whether one peer's certificate is accepted, and why not.</summary>
/// <param name="settings">What is asked of it.</param>
/// <param name="identity">And who it must be.</param>
/// <param name="target">The address that was connected to; null if the peer has connected.</param>
/// <param name="peer">The peer's name, for the application's own check.</param>
/// <param name="log">For the application's own check.</param>
internal sealed class PeerCheck(
    TlsSettings settings, IdentitySettings identity, Address? target, string peer, ILoggingAdapter log)
{
    /// <summary>Why it was refused; null: it was not, or not yet.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Why it would be refused if identities were not only logged.</summary>
    public string? Remark { get; private set; }

    /// <summary>The holder of the certificate; null if certificates do not matter, or if it was refused.</summary>
    public CertificateHolder? Holder { get; private set; }

    /// <summary>Called by <see cref="SslStream"/> in the handshake.</summary>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var shown = certificate as X509Certificate2;
        var isPinned = !identity.AuthorityFiles.IsEmpty;

        // The application's own check takes the place of ours, and not that of the authority.
        if (settings.Validator is null || isPinned)
        {
            var forgiven = settings.Validator is null ? settings.Forgiven : SslPolicyErrors.RemoteCertificateNameMismatch;
            Refusal = CertificateProblem.Describe(
                shown,
                CertificateProblem.StatusOf(chain),
                errors & ~forgiven,
                target?.Host,
                TimeProvider.System.GetUtcNow(),
                isPinned);
        }

        if (Refusal is null && settings.Validator is { } validator)
        {
            Refusal = shown is not null && validator(shown, chain, peer, errors, log)
                ? null
                : $"its certificate ({shown?.Subject ?? "none"}) was refused by the application's own check";
        }

        if (Refusal is null && identity.Mode != IdentityMode.Off)
        {
            Identify(shown);
        }

        return Refusal is null;
    }

    private void Identify(X509Certificate2? shown)
    {
        if (shown is null)
        {
            Refusal = "it shows no certificate";
            return;
        }

        var holder = CertificateHolder.Of(shown, identity.Listed);
        var objection = identity.ObjectionTo(holder)
            ?? (target is null ? null : identity.ObjectionTo(holder, target.Host!, target.Port!.Value));
        var text = objection is null ? null : $"its certificate ({shown.Subject}) {objection}";
        if (identity.Mode == IdentityMode.On)
        {
            Refusal = text;
        }
        else
        {
            Remark = text;
        }

        Holder = holder;
    }
}
