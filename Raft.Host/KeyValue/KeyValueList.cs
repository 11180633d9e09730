using System.Collections.Immutable;

namespace Raft.Host.KeyValue;

/// <summary>Lists keys with a prefix, page by page. It seeks to the first key instead of visiting all keys.</summary>
internal static class KeyValueList
{
    /// <summary>Lists the keys that begin with a prefix and come after a key, as many as the limits allow.</summary>
    public static KeyValueAnswer.KeyList Take(
        ImmutableSortedSet<KeyValueEntry> entries, ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> after, int limit)
    {
        limit = Math.Min(limit, KeyValueLimits.MaxListedKeys);
        var listed = ImmutableArray.CreateBuilder<ListedKey>();
        var bytes = 0;
        for (var position = First(entries, prefix, after); position < entries.Count; position++)
        {
            var entry = entries[position];
            if (!entry.Key.Span.StartsWith(prefix.Span))
            {
                break;
            }

            if (listed.Count >= limit || (listed.Count > 0 && bytes + entry.Key.Length > KeyValueLimits.MaxListedBytes))
            {
                return new KeyValueAnswer.KeyList(listed.ToImmutable(), Truncated: true);
            }

            listed.Add(new ListedKey(entry.Key, entry.Version));
            bytes += entry.Key.Length;
        }

        return new KeyValueAnswer.KeyList(listed.ToImmutable(), Truncated: false);
    }

    private static int First(ImmutableSortedSet<KeyValueEntry> entries, ReadOnlyMemory<byte> prefix, ReadOnlyMemory<byte> after)
    {
        var behind = after.Length > 0 && after.Span.SequenceCompareTo(prefix.Span) >= 0;
        var position = entries.IndexOf(KeyValueEntry.Probe(behind ? after : prefix));

        // If the key does not exist, IndexOf returns the complement of the position that it would have.
        return position < 0 ? ~position : behind ? position + 1 : position;
    }
}
