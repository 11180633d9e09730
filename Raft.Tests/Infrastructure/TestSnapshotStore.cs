using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using Akka.Serialization;
using Raft.Actors.Model;
using Raft.Actors.Snapshots;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// A snapshot store in memory that outlives the node, as a disk would, and that a test can look into, hold or make fail. It
/// selects as the stores of Akka.Persistence.Sql do: the newest row at or below a sequence number.
/// </summary>
public sealed class TestSnapshotStore : SnapshotStore
{
    private readonly Control _control;

    public TestSnapshotStore(Config config)
    {
        _control = Control.Of(Context.System, config.GetString("control"));
        _control.System = (ExtendedActorSystem)Context.System;
    }

    protected override Task<SelectedSnapshot?> LoadAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        _control.LoadAsync(persistenceId, criteria.MaxSequenceNr);

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken) =>
        _control.SaveAsync(metadata.SequenceNr, (ISnapshotRecord)snapshot);

    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken)
    {
        _control.Delete(metadata.SequenceNr);
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync(
        string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken) =>
        throw new NotSupportedException("nobody deletes by criteria, which would take everything below too");

    /// <summary>What a test holds of one store.</summary>
    public sealed class Control
    {
        private static readonly ConcurrentDictionary<(ActorSystem, string), Control> Controls = new();
        private readonly Lock _lock = new();
        private ImmutableSortedDictionary<long, (string Manifest, byte[] Bytes)> _rows =
            ImmutableSortedDictionary<long, (string, byte[])>.Empty;
        private int _saves;

        /// <summary>
        /// Called before each save, with how many there were; what it throws is the store's failure, and what it returns is
        /// waited for.
        /// </summary>
        public Func<int, Task>? OnSave { get; set; }

        public int Saves => Volatile.Read(ref _saves);

        /// <summary>The numbers of the snapshots of which there is a chunk.</summary>
        public ImmutableArray<long> Numbers
        {
            get
            {
                lock (_lock)
                {
                    return [.. _rows.Keys.Select(static key => SnapshotKeys.Parse(key).Number).Distinct()];
                }
            }
        }

        internal ExtendedActorSystem? System { get; set; }

        public static Control Of(ActorSystem system, string name) => Controls.GetOrAdd((system, name), static _ => new Control());

        /// <summary>The configuration of a plugin of its own for one server.</summary>
        public static string PluginConfig(string name) => $$"""
            test-snapshots.{{name}} {
              class = "{{typeof(TestSnapshotStore).AssemblyQualifiedName}}"
              plugin-dispatcher = "akka.actor.default-dispatcher"
              control = "{{name}}"
            }
            """;

        /// <summary>Changes the rows: drops or damages chunks.</summary>
        public void Change(Func<SnapshotChunk, SnapshotChunk?> change, bool breaksChecksum = false)
        {
            lock (_lock)
            {
                foreach (var (key, row) in _rows)
                {
                    var changed = change((SnapshotChunk)Serializer.FromBinary(row.Bytes, row.Manifest));
                    if (changed is null)
                    {
                        _rows = _rows.Remove(key);
                        continue;
                    }

                    var bytes = Serializer.ToBinary(changed);
                    bytes[^1] ^= breaksChecksum ? (byte)1 : (byte)0;
                    _rows = _rows.SetItem(key, (row.Manifest, bytes));
                }
            }
        }

        internal async Task SaveAsync(long sequenceNr, ISnapshotRecord record)
        {
            if (OnSave is { } onSave)
            {
                await onSave(Saves);
            }

            Interlocked.Increment(ref _saves);
            lock (_lock)
            {
                _rows = _rows.SetItem(sequenceNr, (Serializer.Manifest(record), Serializer.ToBinary(record)));
            }
        }

        internal Task<SelectedSnapshot?> LoadAsync(string persistenceId, long maxSequenceNr)
        {
            lock (_lock)
            {
                var found = _rows.Keys.LastOrDefault(key => key <= maxSequenceNr, -1);
                return Task.FromResult(found < 0
                    ? null
                    : new SelectedSnapshot(
                        new SnapshotMetadata(persistenceId, found, DateTime.UnixEpoch),
                        Serializer.FromBinary(_rows[found].Bytes, _rows[found].Manifest)));
            }
        }

        internal void Delete(long sequenceNr)
        {
            lock (_lock)
            {
                _rows = _rows.Remove(sequenceNr);
            }
        }

        private SerializerWithStringManifest Serializer =>
            (SerializerWithStringManifest)System!.Serialization.FindSerializerForType(typeof(ISnapshotRecord));
    }
}
