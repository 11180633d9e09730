namespace Raft.Actors.Hosting.Identity;

/// <summary>A line of <c>raft.tls.servers</c>: the certificate of a server, if it does not have a URI of ours.</summary>
/// <param name="Server">The server.</param>
/// <param name="Name">A DNS name, a common name or a URI of the certificate, or its thumbprint as <see cref="OfThumbprint"/>
/// writes it.</param>
internal sealed record ListedCertificate(HolderName Server, string Name)
{
    private const string Thumbprint = "sha256:";

    /// <summary>How a SHA-256 thumbprint is written.</summary>
    public static string OfThumbprint(string hex) =>
        Thumbprint + hex.Replace(":", string.Empty, StringComparison.Ordinal).ToUpperInvariant();

    /// <summary>What an operator wrote, with thumbprints as they are compared.</summary>
    public static string Normal(string text) =>
        text.StartsWith(Thumbprint, StringComparison.OrdinalIgnoreCase) ? OfThumbprint(text[Thumbprint.Length..]) : text;
}
