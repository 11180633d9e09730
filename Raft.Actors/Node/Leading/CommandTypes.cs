using System.Text;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// Upgrades (docs/operations.md): servers announce which types they read, and a leader takes no command with a type
/// that a voter is known not to read. So a group that is half upgraded commits nothing at which some of its servers
/// must stop.
/// </summary>
internal sealed class CommandTypes(ILeaderContext node, Followers followers)
{
    // A log may have a gigabyte. Comparing this much of it keeps the leader for some hundredths of a second.
    private const long ComparedAtOnce = 16 * 1024 * 1024;

    /// <summary>
    /// Which voter is known not to read a command, with all the objects in it; null where no voter is. A server of an
    /// older version, or one that has not answered in this term, has announced nothing: it holds nobody up.
    /// </summary>
    public string? WhyNotRead(Proposal proposal)
    {
        if (proposal.Data.Format != PayloadFormat.Hyperion)
        {
            return null;
        }

        IReadOnlyList<PayloadShape> shapes;
        try
        {
            shapes = node.Codec.ShapesIn(proposal.Data);
        }
        catch (PayloadException unreadable)
        {
            return $"server {node.Self}, the leader, cannot read it: {unreadable.Message}";
        }

        foreach (var follower in followers.Present)
        {
            if (node.Configuration.IsVoter(follower.Server.Id) && follower.Abilities is { } abilities
                && FirstLacking(shapes, abilities) is { } name)
            {
                return $"server {follower.Server.Id} does not read the type '{name}' yet: "
                    + "upgrade it, or list the type in its raft.types; no command with that type is taken before";
            }
        }

        return null;
    }

    /// <summary>
    /// Why a server is not known to read every type in the log; null where it is. Each call goes on where the one
    /// before stopped, and a long log takes several.
    /// </summary>
    public string? WhyNotAllRead(Abilities abilities, PendingChange change)
    {
        var log = node.Log.View;
        var types = change.Types is { } known && known.Digest == abilities.Digest
            ? known
            : new CheckedTypes(abilities.Digest, 0, null);
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

    private string? LackedIn(LogEntry entry, Abilities abilities)
    {
        if (entry.Kind != EntryKind.Command || entry.Data.Format != PayloadFormat.Hyperion)
        {
            return null;
        }

        try
        {
            return FirstLacking(node.Codec.ShapesIn(entry.Data), abilities);
        }
        catch (PayloadException)
        {
            // This server cannot read it itself, so that the name on the outside is all that it knows.
            var name = PayloadCodec.TypeNameOf(entry.Data);
            return abilities.Reads(Abilities.Hash(name)) ? null : Encoding.UTF8.GetString(name);
        }
    }
}
