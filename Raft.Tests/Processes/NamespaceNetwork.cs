using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Raft.Tests.Processes;

/// <summary>
/// A test that breaks networks or disks for real and so needs root on Linux, with iproute2, nftables and util-linux. Elsewhere it
/// is skipped with the reason; where CI=true it fails instead, so that a build never passes because something was missing.
/// </summary>
public sealed class RootFactAttribute : FactAttribute
{
    internal static readonly string? Reason = Examine();

    public RootFactAttribute() => Skip = Reason;

    private static string? Examine()
    {
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "it needs root on Linux";
        }

        try
        {
            Spawner.Run(
                "unshare", "--net", "--mount", "sh", "-c", "ip link show lo && nft list tables && mount -t tmpfs tmpfs /mnt");
            return null;
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException)
        {
            return "it needs ip, nft, unshare and mount (apt-get install iproute2 nftables util-linux): " + failure.Message;
        }
    }
}

/// <summary>As <see cref="RootFactAttribute"/>, with cases.</summary>
public sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute() => Skip = RootFactAttribute.Reason;
}

/// <summary>A network namespace. It has no name: a process holds it, and it is gone when the last process in it is.</summary>
internal sealed class NetworkNamespace : IDisposable
{
    private const int NetworkFlag = 0x40000000;
    private readonly Process _holder;

    public NetworkNamespace()
    {
        var start = new ProcessStartInfo(
            "unshare", ["--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _holder = Spawner.Start(start);
        if (_holder.StandardOutput.ReadLine() != "ready")
        {
            var error = _holder.StandardError.ReadToEnd();
            Dispose();
            throw new InvalidOperationException("a network namespace could not be made: " + error);
        }
    }

    public int HolderId => _holder.Id;

    /// <summary>What a command is to be preceded by, to run in here.</summary>
    public ImmutableArray<string> Wrapper => ["nsenter", $"--net=/proc/{HolderId}/ns/net", "--"];

    public string Run(params string[] command) => Spawner.Run("nsenter", [.. Wrapper.Skip(1), .. command]);

    /// <summary>
    /// A socket of this namespace. A socket belongs to where it was made, whoever uses it; a thread of its own makes it and
    /// ends.
    /// </summary>
    public Socket CreateSocket()
    {
        Socket? socket = null;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var handle = File.OpenHandle($"/proc/{HolderId}/ns/net");
                if (setns(handle, NetworkFlag) != 0)
                {
                    throw new Win32Exception(Marshal.GetLastPInvokeError(), "setns");
                }

                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        });
        thread.Start();
        thread.Join();
        return socket ?? throw new IOException("no socket in the network namespace", failure);
    }

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int setns(SafeFileHandle handle, int kind);
}

/// <summary>
/// Hosts 10.77.0.11, .12, … on a bridge, each in a network namespace of its own and the bridge in a further one. A cut is a
/// real one: packets vanish, and no connection is closed. HTTP goes over each host's loopback, which no cut touches.
/// </summary>
internal sealed class NamespaceNetwork : IDisposable
{
    private readonly NetworkNamespace _switch = new();
    private readonly List<NetworkNamespace> _hosts = [];

    public NamespaceNetwork(int size = 3)
    {
        _switch.Run("ip", "link", "add", "br0", "type", "bridge");
        _switch.Run("ip", "link", "set", "br0", "up");
        _switch.Run("nft", "add table bridge chaos; add chain bridge chaos forward { type filter hook forward priority 0; }");
        for (var number = 1; number <= size; number++)
        {
            var host = new NetworkNamespace();
            _hosts.Add(host);
            _switch.Run("ip", "link", "add", $"v{number}", "type", "veth", "peer", "name", "eth0", "netns", $"{host.HolderId}");
            _switch.Run("ip", "link", "set", $"v{number}", "master", "br0", "up");
            host.Run("ip", "addr", "add", $"{Address(number)}/24", "dev", "eth0");
            host.Run("ip", "link", "set", "eth0", "up");
        }
    }

    public int Size => _hosts.Count;

    public NetworkNamespace this[int number] => _hosts[number - 1];

    public static string Address(int number) => $"10.77.0.{10 + number}";

    /// <summary>Pulls a host's cable.</summary>
    public void Cut(int number) => _switch.Run("ip", "link", "set", $"v{number}", "down");

    /// <summary>Lets what one host sends to another vanish, and leaves the other direction.</summary>
    public void Cut(int from, int to) =>
        _switch.Run("nft", $"add rule bridge chaos forward ip saddr {Address(from)} ip daddr {Address(to)} drop");

    public void Heal()
    {
        _switch.Run("nft", "flush chain bridge chaos forward");
        for (var number = 1; number <= Size; number++)
        {
            _switch.Run("ip", "link", "set", $"v{number}", "up");
        }
    }

    public void Dispose()
    {
        _hosts.ForEach(static host => host.Dispose());
        _switch.Dispose();
    }
}
