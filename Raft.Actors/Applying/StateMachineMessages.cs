using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Applying;

/// <summary>From the node: the log is committed up to an index; and which client waits for which entry.</summary>
internal sealed record ApplyCommitted(LogView Log, long CommitIndex, ImmutableArray<PendingReply> Replies)
{
    /// <summary>Entries that are not to be applied.</summary>
    public ImmutableArray<SkippedEntry> Skips { get; init; } = [];

    /// <summary>Whether an entry is not to be applied.</summary>
    public bool IsSkipped(LogEntry entry)
    {
        foreach (var skip in Skips)
        {
            if (skip.Index == entry.Index && skip.Term == entry.Term)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>The client that is told the result of an entry.</summary>
internal readonly record struct PendingReply(long Index, IActorRef Client);

/// <summary>From the node: answer clients from the state as it is once all that was sent before has been applied.</summary>
internal sealed record RunQueries(ImmutableArray<ClientQuery> Queries)
{
    public static RunQueries One(object query, IActorRef client, TimeSpan? staleness = null) =>
        new([new ClientQuery(query, client, staleness)]);
}

/// <summary>What a client wants to know.</summary>
/// <param name="Query">The query.</param>
/// <param name="Client">The client.</param>
/// <param name="Staleness">How old the answer may be, as the client is told.</param>
internal readonly record struct ClientQuery(object Query, IActorRef Client, TimeSpan? Staleness = null);

/// <summary>To the node: the state machine has applied everything up to an index.</summary>
/// <param name="Index">The index.</param>
/// <param name="Restore">The snapshot that is being restored by hand there; null if there is none.</param>
internal sealed record AppliedUpTo(long Index, RestoreStatus? Restore);

/// <summary>To the node: the version that the state machine supports, if it is above 0 or the node has asked.</summary>
internal sealed record VersionSupported(int Version);

/// <summary>From the node: which version does the state machine support?</summary>
internal sealed record TellVersion
{
    public static readonly TellVersion Instance = new();
}

/// <summary>To the node: the state machine threw, and its state can be trusted no more.</summary>
/// <param name="Index">The entry at which it threw, or the first one of the batch.</param>
/// <param name="Term">The term of that entry.</param>
/// <param name="LastIndex">The same entry, or the last one of the batch.</param>
/// <param name="Cause">What it threw.</param>
internal sealed record StateMachineFault(long Index, long Term, long LastIndex, Exception Cause)
{
    /// <summary>Which entry it is, for people and for <see cref="SkipEntry"/>.</summary>
    public string Place => Index == LastIndex ? $"entry {Index} of term {Term}" : $"one of the entries {Index} to {LastIndex}";

    public string InWords => $"the state machine threw at {Place}: {Cause.Message}";

    public FailedEntries Entries => new(Index, LastIndex, 1);

    public StateMachineFailure AsFailure => new(Index, Term, Cause.Message);
}

/// <summary>Entries at one of which the state machine threw. If it has its own ApplyBatch, it is not known at which.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Times">In how many lives in a row it threw there.</param>
internal sealed record FailedEntries(long First, long Last, int Times)
{
    /// <summary>Whether a later fault may be the same one.</summary>
    public bool Holds(StateMachineFault fault) => fault.Index >= First && fault.LastIndex <= Last;
}
