using System.Text;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node;

/// <summary>
/// Upgrades (docs/operations.md): servers announce which types they read, and a leader takes no command with a type that a voter is known not to
/// read. So a group that is half upgraded commits nothing that some of its servers must stop at.
/// </summary>
public sealed partial class RaftNode
{
    // A log may have a gigabyte. What is compared with it at once keeps the leader for some hundredths of a second.
    private const long ComparedAtOnce = 16 * 1024 * 1024;

    /// <summary>
    /// Whether a majority has answered in this term, and so has said what it reads: whatever is committed then, a majority can apply. Before that no
    /// typed command is taken; it waits, as if there were no room.
    /// </summary>
    private bool HasHeardQuorum => Lead.HasHeardQuorum |= Lead.Lease.ConfirmedAt(Configuration.Voters, Now) is not null;

    private bool KnowsReaders(Proposal proposal) => proposal.Data.Format != PayloadFormat.Hyperion || HasHeardQuorum;

    private string? WhyNotTaken(Proposal proposal) => WhyNotOfVersion(proposal.MinimumVersion) ?? WhyNotRead(proposal);

    /// <summary>
    /// Which voter is known not to read a command, with all the objects in it; null where none is. Of one that announces nothing, for it is of an older version of the
    /// library or has not answered in this term, nothing is known, and it keeps nobody from going on.
    /// </summary>
    private string? WhyNotRead(Proposal proposal)
    {
        if (proposal.Data.Format != PayloadFormat.Hyperion)
        {
            return null;
        }

        IReadOnlyList<PayloadShape> shapes;
        try
        {
            shapes = _environment.Codec.ShapesIn(proposal.Data);
        }
        catch (PayloadException unreadable)
        {
            return $"server {_self}, the leader, cannot read it: {unreadable.Message}";
        }

        foreach (var follower in Lead.Followers)
        {
            if (Configuration.IsVoter(follower.Server.Id) && follower.Abilities is { } abilities && FirstLacking(shapes, abilities) is { } name)
            {
                return $"server {follower.Server.Id} does not read the type '{name}' yet: "
                    + "upgrade it, or list the type in its raft.types; no command with that type is taken before";
            }
        }

        return null;
    }

    private static string? FirstLacking(IReadOnlyList<PayloadShape> shapes, Abilities abilities)
    {
        foreach (var shape in shapes)
        {
            if (!abilities.Reads(shape.Hash))
            {
                return shape.Name;
            }
        }

        return null;
    }

    /// <summary>
    /// Why a server that has caught up does not vote yet; null where it may. Its vote would count towards a majority that cannot
    /// apply what it commits, or would have the leader refuse commands that the group uses.
    /// </summary>
    private string? WhyNotPromoted(ServerId server, PendingChange change, TimeSpan now) =>
        Lead.Find(server) is not { } follower || !(follower.AnsweredSentAt >= (change.CloseSince ??= now))
            ? "it has not answered a heartbeat since it caught up"
        : follower.NotServing is { } reason ? $"it serves nobody: {reason}"
        : (follower.Abilities?.StateMachineVersion ?? 0) < Configuration.StateMachineVersion
            ? $"its state machine supports version {follower.Abilities?.StateMachineVersion ?? 0}, and the group's commands are of version {Configuration.StateMachineVersion}"
        : follower.Abilities is { } abilities ? WhyNotAllRead(abilities, change)
        : null;

    /// <summary>
    /// Why a server is not known to read every type in the log; null where it is. What was looked at is not looked at again, and a long log is
    /// looked at a part at a time.
    /// </summary>
    private string? WhyNotAllRead(Abilities abilities, PendingChange change)
    {
        var log = _log.View;
        var types = change.Types is { } known && known.Digest == abilities.Digest ? known : new CheckedTypes(abilities.Digest, 0, null);
        var (lacked, index, compared) = (types.Lacked, Math.Max(types.UpTo, log.BaseIndex), 0L);
        while (lacked is null && index < log.LastIndex && compared < ComparedAtOnce)
        {
            var entry = log[++index];
            compared += entry.Size;
            lacked = LackedIn(entry, abilities);
        }

        change.Types = new CheckedTypes(abilities.Digest, index, lacked);
        return lacked is not null ? $"it does not read the type '{lacked}', which is in the log; list it in its raft.types"
            : index < log.LastIndex ? $"the types that it reads are compared with the log: {index} of {log.LastIndex} entries"
            : null;
    }

    private string? LackedIn(LogEntry entry, Abilities abilities)
    {
        if (entry.Kind != EntryKind.Command || entry.Data.Format != PayloadFormat.Hyperion)
        {
            return null;
        }

        try
        {
            return FirstLacking(_environment.Codec.ShapesIn(entry.Data), abilities);
        }
        catch (PayloadException)
        {
            // This server cannot read it itself, so that the name on the outside is all that it knows.
            var name = PayloadCodec.TypeNameOf(entry.Data);
            return abilities.Reads(Abilities.Hash(name)) ? null : Encoding.UTF8.GetString(name);
        }
    }

    /// <summary>What this server knows of the members: of itself, and, where it leads, of those that have announced something.</summary>
    private IEnumerable<MemberStatus> MemberStatuses()
    {
        foreach (var server in Configuration.Servers)
        {
            if (server.Id == _self)
            {
                yield return StatusOf(server.Id, _version.Abilities) with { NotServing = NotServing };
            }
            else if (_leadership?.Find(server.Id) is { } follower)
            {
                yield return StatusOf(server.Id, follower.Abilities) with
                {
                    NotServing = follower.NotServing,
                    WaitsToVote = Lead.Change is { } change && change.Request.Server == server.Id ? change.Waits : null,
                };
            }
        }
    }

    private MemberStatus StatusOf(ServerId server, Abilities? abilities) => abilities is null
        ? new MemberStatus(server)
        : new MemberStatus(server)
        {
            Software = abilities.Software,
            HighestEntryKind = abilities.HighestEntryKind,
            StateMachineVersion = abilities.StateMachineVersion,
            LacksTypes = _version.Abilities.Types.Count(type => !abilities.Reads(type)),
            LackedTypes =
            [
                .. _environment.Codec.ListedNames.Where(name => !abilities.Reads(Abilities.Hash(Encoding.UTF8.GetBytes(name)))).Take(MemberStatus.MaxNames),
            ],
        };
}
