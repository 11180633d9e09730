using Raft.Actors.Protocol;
using Raft.Actors.Replication;

namespace Raft.Actors.Node.Contracts;

/// <summary>What reads on leaders and on followers have in common.</summary>
internal static class PendingReads
{
    /// <summary>When to try again after too many requests waited.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(50);

    /// <summary>A client's read, with the shorter of its own timeout and the server's.</summary>
    public static PendingRead New(INodeContext node, Read read)
    {
        var (now, settings) = (node.Now, node.Settings.Reads);
        var timeout = read.Timeout is { } asked && asked < settings.Timeout ? asked : settings.Timeout;
        return new PendingRead(read.Query, node.Sender, now, now + timeout)
        {
            MaxStaleness = read.Consistency == ReadConsistency.Bounded ? read.MaxStaleness ?? settings.MaxStaleness : null,
        };
    }

    /// <summary>Tells clients that their reads took too long.</summary>
    public static void GiveUp(INodeContext node, IReadOnlyList<PendingRead> reads)
    {
        foreach (var read in reads)
        {
            Refuse(node, [read], new ReadTimedOut(node.Now - read.Since));
        }
    }

    /// <summary>Tells clients that their reads fail. Other servers ask again by themselves.</summary>
    public static void Refuse(INodeContext node, IReadOnlyList<PendingRead> reads, RaftFailure reason)
    {
        foreach (var read in reads)
        {
            if (read.Asked is null)
            {
                node.Tell(read.Client, reason);
            }
        }
    }
}
