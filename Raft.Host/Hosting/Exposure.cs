using System.Net;
using Raft.Actors.Hosting;

namespace Raft.Host.Hosting;

/// <summary>What a host may do beyond this machine without protection.</summary>
internal enum Insecurity
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>Serve HTTP, which has no TLS and no password.</summary>
    Http,

    /// <summary>That, and talk to the other servers without mutual TLS.</summary>
    On,
}

/// <summary>Keeps a host from listening beyond this machine without protection, unless host.insecure allows it.</summary>
internal static class Exposure
{
    /// <summary>
    /// Checks where the hosts will listen. Returns a warning if one listens beyond this machine without protection and
    /// host.insecure allows it; null if none does.
    /// </summary>
    /// <exception cref="HostStartException">One would listen beyond this machine, which host.insecure does not allow.</exception>
    public static string? Require(IReadOnlyList<NodeConfiguration> configurations)
    {
        var open = configurations.SelectMany(static one => Of(one).Select(place => (Place: place, one.Host.Insecure))).ToArray();
        var refused = open.Where(static one => one.Insecure < one.Place.Needs).ToArray();
        if (refused.Length > 0)
        {
            var word = refused.Max(static one => one.Place.Needs) == Insecurity.On ? "on" : "http";
            throw new HostStartException(
                $"{Text(refused)}: everyone who reaches it can read and change all data. Listen at 127.0.0.1, "
                + (word == "on"
                    ? "give each server a certificate (Raft.Host certificates; docs/operations.md, Certificates), "
                    : string.Empty)
                + $"or say that the network is yours alone: host.insecure = {word}, RAFT_INSECURE={word} or --insecure");
        }

        return open.Length == 0 ? null
            : $"INSECURE, as host.insecure says: {Text(open)}. Everyone who reaches it can read and change all data";
    }

    private static string Text((Place Place, Insecurity)[] places) =>
        string.Join("; ", places.Select(static one => one.Place.Text).Distinct());

    private static IEnumerable<Place> Of(NodeConfiguration configuration)
    {
        if (RaftRemoting.ExposureOf(configuration.System) is { } remoting)
        {
            yield return new Place(remoting, Insecurity.On);
        }

        if (configuration.Host.Http.Address is not { } address || !IPAddress.IsLoopback(address))
        {
            yield return new Place(
                $"HTTP at {configuration.Host.Http} (host.http-url, RAFT_HTTP_URL) has no TLS and no password", Insecurity.Http);
        }
    }

    private readonly record struct Place(string Text, Insecurity Needs);
}
