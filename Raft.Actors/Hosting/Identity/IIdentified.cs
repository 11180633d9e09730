namespace Raft.Actors.Hosting.Identity;

/// <summary>A connection whose peer has shown a certificate.</summary>
internal interface IIdentified
{
    /// <summary>The holder of the certificate; null if certificates do not matter (<c>raft.tls.identities = off</c>).</summary>
    CertificateHolder? Peer { get; }
}
