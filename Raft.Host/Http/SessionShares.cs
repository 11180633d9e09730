using System.Net;
using System.Net.Sockets;

namespace Raft.Host.Http;

/// <summary>
/// Counts the client sessions that each client has begun through this server. All clients share the room that a group has
/// for sessions. Without a share per client, one client could take all of it.
/// </summary>
/// <remarks>
/// A client is an address, or in IPv6 a network of 64 bits, which one machine has to itself. The group ends sessions by the
/// log's time, which this server does not follow. It counts a session until it was ended here, or was not used here for the
/// lifetime of a session. The sessions that the group accepts bound the memory for this.
/// </remarks>
/// <param name="limit">How many sessions a client may have.</param>
/// <param name="lifetime">How long an unused session counts.</param>
/// <param name="time">The clock.</param>
internal sealed class SessionShares(int limit, TimeSpan lifetime, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Share>> _clients = [];
    private readonly Dictionary<long, Share> _sessions = [];
    private long _looked = time.GetTimestamp();

    /// <summary>Takes a share for a new session; null if the client uses all of its shares.</summary>
    public Share? Take(IPAddress? address)
    {
        var client = ClientOf(address);
        lock (_lock)
        {
            // Now and then, also forget the sessions of clients that never come back.
            if (time.GetElapsedTime(_looked) > lifetime)
            {
                _looked = time.GetTimestamp();
                foreach (var other in _clients.Keys.ToArray())
                {
                    ForgetOld(other);
                }
            }

            ForgetOld(client);
            if (!_clients.TryGetValue(client, out var shares))
            {
                _clients.Add(client, shares = []);
            }

            if (shares.Count >= limit)
            {
                return null;
            }

            var share = new Share(client) { Used = time.GetTimestamp() };
            shares.Add(share);
            return share;
        }
    }

    /// <summary>The session has begun. Without this call or <see cref="GiveBack"/>, the share counts as a session.</summary>
    public void Began(Share share, long session)
    {
        lock (_lock)
        {
            share.Session = session;
            _sessions[session] = share;
        }
    }

    /// <summary>The session certainly did not begin.</summary>
    public void GiveBack(Share share)
    {
        lock (_lock)
        {
            Forget(share);
        }
    }

    /// <summary>A session was used.</summary>
    public void Used(long session)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(session, out var share))
            {
                share.Used = time.GetTimestamp();
            }
        }
    }

    /// <summary>A session has ended.</summary>
    public void Ended(long session)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(session, out var share))
            {
                Forget(share);
            }
        }
    }

    /// <summary>The key by which clients are told apart.</summary>
    internal static string ClientOf(IPAddress? address)
    {
        if (address is null)
        {
            return "local";
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        ReadOnlySpan<byte> bytes = plain.GetAddressBytes();
        return Convert.ToHexString(plain.AddressFamily == AddressFamily.InterNetworkV6 ? bytes[..(bytes.Length / 2)] : bytes);
    }

    private void ForgetOld(string client)
    {
        if (_clients.TryGetValue(client, out var shares))
        {
            foreach (var old in shares.Where(share => time.GetElapsedTime(share.Used) > lifetime).ToArray())
            {
                Forget(old);
            }
        }
    }

    private void Forget(Share share)
    {
        if (_clients.TryGetValue(share.Client, out var shares) && shares.Remove(share) && shares.Count == 0)
        {
            _clients.Remove(share.Client);
        }

        if (share.Session > 0)
        {
            _sessions.Remove(share.Session);
        }
    }

    /// <summary>One of a client's shares.</summary>
    /// <param name="client">The client's key.</param>
    internal sealed class Share(string client)
    {
        public string Client { get; } = client;

        public long Session { get; set; }

        public long Used { get; set; }
    }
}
