namespace Raft.Actors.Hosting.Identity;

/// <summary>A connection whose peer has shown a certificate.</summary>
internal interface IIdentified
{
    /// <summary>Whose certificate it is; null where nobody asks (<c>raft.tls.identities = off</c>).</summary>
    CertificateHolder? Peer { get; }
}
