using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.StateMachine;
using Raft.Actors.Watching;

namespace Raft.Host.KeyValue;

/// <summary>
/// The key-value store that the host replicates. It builds a sorted immutable set of entries: a change costs as much as in a
/// tree, and iteration has the same order on all replicas. A snapshot is the builder's present set; later changes copy parts
/// of it instead of writing to it.
/// </summary>
/// <param name="feed">Is told of every change; null if nobody watches.</param>
internal sealed class KeyValueStateMachine(ChangeFeed? feed = null) : IStateMachine, IRestoreObserver
{
    private ImmutableSortedSet<KeyValueEntry>.Builder _entries = ImmutableSortedSet.CreateBuilder(KeyOrder.Instance);
    private long _bytes;

    /// <inheritdoc />
    public object? Apply(in Command command)
    {
        if (command.Value is not null)
        {
            feed?.Applied(command.Index, null);
            return Malformed("a command of the key-value store is bytes, not an object").Encode();
        }

        var result = KeyValueCommandCodec.TryDecode(command.Bytes, out var change, out var error)
            ? Apply(in change, command.Index)
            : Malformed(error);
        feed?.Applied(command.Index, ChangeOf(result, in change, command.Index));
        return result.Encode();
    }

    /// <inheritdoc />
    public object? Query(object query)
    {
        var asked = query switch
        {
            ReadOnlyMemory<byte> bytes => KeyValueQuery.Decode(bytes),
            byte[] bytes => KeyValueQuery.Decode(bytes),
            _ => throw new FormatException($"a query of the key-value store is bytes, not {query.GetType().Name}"),
        };
        KeyValueAnswer answer = asked.Kind switch
        {
            KeyValueQueryKind.Get => Find(asked.Key) is { } found
                ? new KeyValueAnswer.Value(found.Version, found.Value)
                : new KeyValueAnswer.Value(0, default),
            KeyValueQueryKind.Count => new KeyValueAnswer.Count(_entries.Count, _bytes),
            _ => KeyValueList.Take(_entries.ToImmutable(), asked.Key, asked.After, asked.Limit),
        };
        return answer.Encode();
    }

    /// <inheritdoc />
    public void OnRestored(long index) => feed?.Restored(index);

    /// <inheritdoc />
    public IStateMachineSnapshot TakeSnapshot() => new KeyValueSnapshot(_entries.ToImmutable());

    /// <inheritdoc />
    public IStateMachineRestore BeginRestore() => new KeyValueRestore((entries, bytes) => (_entries, _bytes) = (entries, bytes));

    private static KeyValueResult Malformed(string reason) =>
        new(KeyValueResultKind.Malformed, Existed: false, Version: 0, reason);

    /// <summary>
    /// The change that watchers are told. It uses the state's own bytes, because the command's bytes are part of a log
    /// entry's buffer.
    /// </summary>
    private KeyChange? ChangeOf(KeyValueResult result, in KeyValueCommand command, long index) => result switch
    {
        { Kind: KeyValueResultKind.Written } when Find(command.Key) is { } entry => new KeyChange(index, entry.Key, entry.Value),
        { Kind: KeyValueResultKind.Deleted, Existed: true } => new KeyChange(index, command.Key.ToArray(), null),
        _ => null,
    };

    private static long Size(KeyValueEntry entry) => entry.Key.Length + (long)entry.Value.Length;

    private KeyValueResult Apply(in KeyValueCommand command, long index)
    {
        var current = Find(command.Key);
        var existed = current is not null;
        if (!command.Condition.HoldsFor(current))
        {
            return new KeyValueResult(KeyValueResultKind.ConditionFailed, existed, current?.Version ?? 0);
        }

        if (current is not null)
        {
            _entries.Remove(current);
            _bytes -= Size(current);
        }

        if (command.Kind == KeyValueCommandKind.Delete)
        {
            return new KeyValueResult(KeyValueResultKind.Deleted, existed, 0);
        }

        // Copies, because the decoded bytes are part of a log entry's buffer and would keep all of it in memory.
        var entry = new KeyValueEntry(current?.Key ?? command.Key.ToArray(), command.Value.ToArray(), index);
        _entries.Add(entry);
        _bytes += Size(entry);
        return new KeyValueResult(KeyValueResultKind.Written, existed, index);
    }

    private KeyValueEntry? Find(ReadOnlyMemory<byte> key) =>
        _entries.TryGetValue(KeyValueEntry.Probe(key), out var found) && found.Version > 0 ? found : null;
}
