using System.Numerics;
using System.Text;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Maintenance;

/// <summary>A configuration cannot be recovered so; the message says why.</summary>
public sealed class RecoveryRefusedException(string message) : Exception(message);

/// <summary>
/// What is appended to the journal of a stopped server, so that it begins again as a member of another configuration
/// (hashicorp/raft's RecoverCluster): that configuration, as the log's next entry, in a later term. It is in force from when it
/// is appended, and wins over each earlier one, in the log or in a snapshot. Everything in the log before it will be committed
/// with it.
/// </summary>
/// <remarks>
/// A log must never have an entry of an index and term that another log has with something else before it. Leaders that this
/// server never heard of may have used the next terms after its own. So the new term lies far beyond them, and belongs to this
/// server: the next multiple of 2^20, plus a number made of the server's id. If two servers are recovered, against the advice,
/// their logs still cannot mix.
/// </remarks>
public sealed record RecoveryPlan
{
    // An election raises the term by one: there will not be a million of them that this server has missed.
    private const int TermBits = 20;

    private RecoveryPlan()
    {
    }

    /// <summary>The server.</summary>
    public required ServerId Server { get; init; }

    /// <summary>The configuration that was in force.</summary>
    public required StoredConfiguration Before { get; init; }

    /// <summary>The one that will be.</summary>
    public required Configuration Next { get; init; }

    /// <summary>The index of its entry.</summary>
    public required long Index { get; init; }

    /// <summary>The server's term until now.</summary>
    public required long TermBefore { get; init; }

    /// <summary>The term of the entry, and of the server from then on.</summary>
    public required long Term { get; init; }

    /// <summary>The last event of the journal that the plan was made for.</summary>
    public required long LastSequenceNr { get; init; }

    /// <summary>Plans the recovery of a server.</summary>
    /// <param name="server">The server, whose log will be the group's.</param>
    /// <param name="journal">What its journal holds.</param>
    /// <param name="next">The new configuration. The server must be one of its voters.</param>
    /// <exception cref="RecoveryRefusedException">The journal is empty or damaged, or the configuration cannot be.</exception>
    public static RecoveryPlan Make(ServerId server, JournalReport journal, Configuration next)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(next);
        if (!journal.Problems.IsEmpty)
        {
            throw new RecoveryRefusedException(
                $"the journal of {server} is damaged "
                + $"(event {journal.Problems[0].SequenceNr}: {journal.Problems[0].Description}), "
                + "so that no node can start from it; recover another server");
        }

        if (journal.Configuration is not { } before)
        {
            throw new RecoveryRefusedException(
                $"the journal of {server} holds no configuration: it never was in a group, and there is nothing to recover");
        }

        return next.IsVoter(server)
            ? new RecoveryPlan
            {
                Server = server,
                Before = before,
                Next = WithIdentities(next, before.Configuration, server, journal.Journal),
                Index = journal.LastIndex + 1,
                TermBefore = journal.Term,
                Term = NextTerm(server, LastPossibleTerm(journal)),
                LastSequenceNr = journal.LastSequenceNr,
            }
            : throw new RecoveryRefusedException(
                $"the new configuration ({next}) has no voter {server}; "
                + "recover a server that will be in it, because its log will be the group's");
    }

    /// <summary>The events to append, in their order and together.</summary>
    /// <param name="timestamp">When, in milliseconds since 1970 (UTC).</param>
    internal IJournalEvent[] Events(long timestamp) =>
    [
        new HardStateChanged(Term, default),
        new EntriesAppended(
            [new LogEntry(Index, Term, EntryKind.Configuration, ConfigurationCodec.Encode(Next), default, timestamp)]),
    ];

    /// <summary>It is the same group, and each server that stays is known by the journal that it had.</summary>
    private static Configuration WithIdentities(
        Configuration next, Configuration before, ServerId server, JournalIdentity journal)
    {
        return before.Identity.IsNone
            ? next
            : new Configuration(
                [.. next.Servers.Select(known => known with { Journal = JournalOf(known.Id) })],
                before.Identity,
                before.StateMachineVersion);

        JournalIdentity JournalOf(ServerId known) => known == server ? journal : before.Find(known)?.Journal ?? default;
    }

    /// <summary>A term that a hostile message brought, and that earlier versions believed, is not used.</summary>
    private static long LastPossibleTerm(JournalReport journal) =>
        journal.Term <= TermLimits.Highest ? Math.Max(journal.Term, journal.LastTerm) : journal.LastTerm;

    private static long NextTerm(ServerId server, long term)
    {
        var hash = 2166136261u;
        foreach (var octet in Encoding.ASCII.GetBytes(server.Value))
        {
            hash = unchecked((hash ^ octet) * 16777619u);
        }

        // The upper bits of the product are the well mixed ones.
        var place = BitOperations.RotateLeft(hash, TermBits) & ((1 << TermBits) - 1);
        return checked((((term >> TermBits) + 1) << TermBits) + place);
    }
}
