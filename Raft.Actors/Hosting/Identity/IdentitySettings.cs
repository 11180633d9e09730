using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Hocon = Akka.Configuration.Hocon;

namespace Raft.Actors.Hosting.Identity;

/// <summary>What is made of who a certificate says its holder is.</summary>
internal enum IdentityMode
{
    /// <summary>Nothing: any certificate that is accepted may say anything.</summary>
    Off,

    /// <summary>What would be refused is logged and let in.</summary>
    Log,

    /// <summary>A message that its sender's certificate does not allow is refused.</summary>
    On,
}

/// <summary>The section <c>raft.tls</c>, and what <c>raft.servers</c> says of addresses.</summary>
internal sealed record IdentitySettings
{
    private const string Section = "raft.tls";

    /// <summary><c>raft.tls.identities</c>.</summary>
    public required IdentityMode Mode { get; init; }

    /// <summary><c>raft.tls.authority</c>: PEM files; none: what the machine trusts.</summary>
    public required ImmutableArray<string> AuthorityFiles { get; init; }

    /// <summary><c>raft.tls.clients = named</c>.</summary>
    public required bool ClientsNeedNames { get; init; }

    /// <summary><c>raft.tls.clients-in-cluster</c>.</summary>
    public required bool ClientsInCluster { get; init; }

    /// <summary><c>raft.tls.servers</c>.</summary>
    public required ImmutableArray<ListedCertificate> Listed { get; init; }

    /// <summary><c>raft.servers</c>: the servers and their addresses.</summary>
    public required ImmutableArray<KnownServer> Servers { get; init; }

    /// <summary>Reads the section out of a configuration.</summary>
    /// <exception cref="RaftConfigurationException">A setting does not make sense; the message names it.</exception>
    public static IdentitySettings Create(Config config)
    {
        var raft = config.WithFallback(RaftSettings.DefaultConfig()).GetConfig("raft");
        var group = raft.GetString("group");
        var files = Texts(raft.GetValue("tls.authority"));
        var mode = raft.GetString("tls.identities") switch
        {
            "auto" => files.IsEmpty ? IdentityMode.Off : IdentityMode.On,
            "log" => IdentityMode.Log,
            "off" or "false" or "no" => IdentityMode.Off,
            "on" or "true" or "yes" => IdentityMode.On,
            var other => throw new RaftConfigurationException($"{Section}.identities = '{other}': use auto, off, log or on"),
        };
        if (mode != IdentityMode.Off && files.IsEmpty)
        {
            throw new RaftConfigurationException(
                $"{Section}.identities = '{raft.GetString("tls.identities")}' needs {Section}.authority: "
                + "without it, every authority that this machine trusts could make any server's certificate");
        }

        return new IdentitySettings
        {
            Mode = mode,
            AuthorityFiles = files,
            ClientsNeedNames = raft.GetString("tls.clients") switch
            {
                "named" => true,
                "any" => false,
                var other => throw new RaftConfigurationException($"{Section}.clients = '{other}': use named or any"),
            },
            ClientsInCluster = raft.GetBoolean("tls.clients-in-cluster", false),
            Listed = Certificates(raft, group),
            Servers = mode == IdentityMode.Off ? [] : Addresses(raft, group),
        };
    }

    /// <summary>Why a certificate does not do at all; null: it does.</summary>
    public string? ObjectionTo(CertificateHolder holder) => ClientsNeedNames && !holder.HasName
        ? "names no server and no client (docs/operations.md, Certificates); raft.tls.clients = any takes it for a client's"
        : null;

    /// <summary>
    /// Why a holder of that certificate cannot be at an address; null if it may. The list of <c>raft.servers</c> is from the
    /// beginning of the group. A server that it does not name may have taken the place of one that it names. A client, or
    /// another server that it names, has not.
    /// </summary>
    public string? ObjectionTo(CertificateHolder holder, string host, long port)
    {
        var there = Servers.FirstOrDefault(server =>
            server.Port == port && server.Host.Equals(host, StringComparison.OrdinalIgnoreCase));
        return there is null
            || holder.Servers.Contains(there.Name)
            || (!holder.Servers.IsEmpty && !holder.Servers.Any(own => Servers.Any(server => server.Name == own)))
                ? null
                : $"is {holder}, and by raft.servers {host}:{port} is the address of server {there.Name}";
    }

    private static ImmutableArray<KnownServer> Addresses(Config raft, string group) =>
    [
        .. RaftSettingsReader.Servers(raft).Servers.Select(server =>
        {
            var address = Address.Parse(server.Address);
            return new KnownServer(new HolderName(group, server.Id.Value), address.Host!, address.Port!.Value);
        }),
    ];

    private static ImmutableArray<ListedCertificate> Certificates(Config raft, string group)
    {
        var listed = ImmutableArray.CreateBuilder<ListedCertificate>();
        var section = raft.GetValue("tls.servers");
        foreach (var (key, value) in section is not null && section.IsObject() ? section.GetObject().Items : [])
        {
            var name = key.Split('/') switch
            {
                [var server] when ServerId.IsValid(server) => new HolderName(group, server),
                [var other, var server] when ServerId.IsValid(other) && ServerId.IsValid(server) => new HolderName(other, server),
                _ => throw new RaftConfigurationException(
                    $"{Section}.servers: '{key}' is no server; use its id, as in n1, or \"GROUP/n1\""),
            };
            var certificates = Texts(value);
            if (certificates.IsEmpty)
            {
                throw new RaftConfigurationException(
                    $"{Section}.servers.{key}: name its certificate by a DNS name, common name or URI in it, "
                    + "or as sha256:THUMBPRINT");
            }

            listed.AddRange(certificates.Select(text => new ListedCertificate(name, ListedCertificate.Normal(text))));
        }

        return listed.ToImmutable();
    }

    /// <summary>A text, or a list of them.</summary>
    private static ImmutableArray<string> Texts(Hocon.HoconValue? value) => value is null ? []
        : [.. (value.IsArray() ? value.GetStringList() : [value.GetString()])
            .Where(static text => !string.IsNullOrWhiteSpace(text))];
}

/// <summary>Where a server is, by <c>raft.servers</c>.</summary>
internal sealed record KnownServer(HolderName Name, string Host, long Port);
