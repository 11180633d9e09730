using System.Text;
using Raft.Actors.Serialization;

namespace Raft.Fuzz.Inputs;

/// <summary>What a stranger sends to Akka.Remote who knows how it works.</summary>
internal static class Hostile
{
    private const string Stranger = "akka.tcp://stranger@127.0.0.1:1/user/x";

    private static readonly string[] Manifests =
    [
        string.Empty, "PP", "K", "ID", "AID", "STF", "S", "SW", "HB", "RWHB", "System.String", "System.IO.FileSystemWatcher",
        "Akka.Actor.PoisonPill, Akka", "Akka.Cluster.InternalClusterAction+Join, Akka.Cluster",
        "Akka.Cluster.ClusterUserAction+Down, Akka.Cluster",
    ];

    private static readonly string[] Texts =
    [
        "{}", """{"$type":"System.IO.FileSystemWatcher, System.IO.FileSystem.Watcher","Path":"/"}""",
        """{"$type":"Raft.Actors.Node.NodeFailed, Raft.Actors","Reason":"no"}""", "\u001b[31m\r\nforged line",
    ];

    /// <summary>None of those that end a connection: what is sent behind them would reach nobody.</summary>
    private static readonly long[] Instructions = [0, 1, 3, 6, -1, long.MaxValue];

    private static readonly string[][] Paths =
    [
        ["user", "raft-kv"], ["user", "raft-kv", "node"], ["user", "raft-kv-discovery"], ["user"],
        ["user", "raft-kv", "*"], ["system"],
        ["user", "..", "user", "raft-kv"], ["system", "cluster", "core", "daemon"],
    ];

    /// <summary>A frame with one message to somebody.</summary>
    public static byte[] Frame(Random luck, string recipient)
    {
        var payload = Payload(luck, depth: 0);
        return luck.Next(20) switch
        {
            0 => AkkaFrame.Field(
                1, [.. AkkaFrame.Field(1, [.. AkkaFrame.Fixed64(1, Number(luck)), .. AkkaFrame.Fixed64(2, Number(luck))])]),
            1 => AkkaFrame.Field(2, AkkaFrame.Varint(1, Instructions[luck.Next(Instructions.Length)])),
            2 => AkkaFrame.Message(recipient, Stranger, payload, Number(luck)),
            _ => AkkaFrame.Message(recipient, Stranger, payload),
        };
    }

    private static byte[] Payload(Random luck, int depth)
    {
        switch (luck.Next(8))
        {
            case 0 when depth < 2:
                return AkkaFrame.Payload(
                    6, string.Empty, AkkaFrame.Selection(Payload(luck, depth + 1), Paths[luck.Next(Paths.Length)]));
            case 1 when depth < 2:
                return AkkaFrame.Payload(16, luck.Next(2) == 0 ? "ID" : "AID", AkkaFrame.Field(1, Payload(luck, depth + 1)));
            case 2:
                var text = Encoding.UTF8.GetBytes(Texts[luck.Next(Texts.Length)]);
                return AkkaFrame.Payload(luck.Next(-2, 40), Manifests[luck.Next(Manifests.Length)], text);
            default:
                var golden = GoldenMessages.Any(luck);
                return AkkaFrame.Payload(RaftMessageSerializer.FixedIdentifier, golden.Manifest, golden.Bytes);
        }
    }

    private static ulong Number(Random luck) => luck.Next(3) switch
    {
        0 => 8_000_000_000,
        1 => (ulong)luck.NextInt64(),
        _ => ulong.MaxValue - (ulong)luck.Next(3),
    };
}
