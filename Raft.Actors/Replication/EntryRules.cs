using Raft.Actors.Elections;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Replication;

/// <summary>
/// Which AppendEntries a leader can have sent, whatever its log is (figure 3.1): what a server must not even try to append.
/// </summary>
internal static class EntryRules
{
    /// <summary>The highest index that can be: a million entries a second take a hundred thousand years.</summary>
    public const long HighestIndex = TermLimits.Highest;

    /// <summary>Why no leader sends this; null if one may.</summary>
    public static string? WhyNot(AppendEntries append)
    {
        var (entries, term) = (append.Entries, append.PrevLogTerm);
        if (append.PrevLogIndex < 0 || append.PrevLogIndex > HighestIndex)
        {
            return $"index {append.PrevLogIndex} is beyond what can be";
        }

        if (term > append.Header.Term)
        {
            return $"entry {append.PrevLogIndex} is of term {term}, which is later than the leader's, {append.Header.Term}";
        }

        for (var place = 0; place < entries.Length; place++)
        {
            var entry = entries[place];
            if (entry.Index != append.PrevLogIndex + 1 + place)
            {
                return $"entry {entry.Index} stands where {append.PrevLogIndex + 1 + place} should";
            }

            if (entry.Term < term || entry.Term > append.Header.Term)
            {
                return $"entry {entry.Index} is of term {entry.Term}, after one of {term}, from a leader of {append.Header.Term}";
            }

            term = entry.Term;
            if (WhyUnreadable(entry) is { } unreadable)
            {
                return $"entry {entry.Index} cannot be read: {unreadable}";
            }
        }

        return null;
    }

    /// <summary>What the node itself reads of an entry as soon as it is in the log.</summary>
    private static string? WhyUnreadable(LogEntry entry)
    {
        if (entry.Kind is not (EntryKind.Configuration or EntryKind.SkipEntry))
        {
            return null;
        }

        try
        {
            _ = entry.Kind == EntryKind.SkipEntry ? (object)SkippedEntry.Of(entry) : ConfigurationCodec.Decode(entry.Data);
            return null;
        }
        catch (MalformedMessageException malformed)
        {
            return malformed.Message;
        }
    }
}
