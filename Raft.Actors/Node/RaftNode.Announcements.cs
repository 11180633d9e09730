using System.Collections.Immutable;
using Raft.Actors.Log;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node;

/// <summary>What servers tell their leader of themselves, and what a leader makes of it.</summary>
public sealed partial class RaftNode
{
    private ServerAbilities? _abilities;
    private ulong _abilitiesDigest;

    /// <summary>What this server can read.</summary>
    private ServerAbilities Abilities => _abilities ??= new ServerAbilities(
        RaftSoftware.Version,
        EntryKind.SkipEntry,
        0,
        ImmutableArray<ulong>.Empty);

    private ServerReport? ReportTo(Heartbeat heartbeat)
    {
        if (heartbeat.KnownAbilities is not { } known)
        {
            return null;
        }

        if (_abilitiesDigest == 0)
        {
            _abilitiesDigest = AnnouncementFormat.DigestOf(Abilities);
        }

        return new ServerReport(_lastApplied, _failed?.Index ?? 0, _abilitiesDigest, known == _abilitiesDigest ? null : Abilities);
    }

    private void OnReport(HeartbeatAcknowledged acknowledged)
    {
        if (Lead.Find(acknowledged.Follower) is { } follower)
        {
            follower.Report = acknowledged.Report;
        }
    }
}
