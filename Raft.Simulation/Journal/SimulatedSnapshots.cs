using Akka.Actor;
using Akka.Persistence;
using Akka.Serialization;
using Raft.Actors.Model;
using Raft.Actors.Snapshots;
using Raft.Simulation.World;

namespace Raft.Simulation.Journal;

/// <summary>
/// A server's snapshot store, which outlives the server. Writes go on beside one another, each whole or not at all.
/// </summary>
internal sealed class SimulatedSnapshots(SimulatedWorld world, string name)
{
    private readonly SeededRandom _random = SeededRandom.Stream(world.Seed, $"snapshots {name}");
    private readonly SortedDictionary<long, (string Manifest, byte[] Bytes)> _rows = [];
    private readonly List<Action> _pending = [];

    /// <summary>Whether a chunk was ever lost or damaged here.</summary>
    public bool WasDamaged { get; private set; }

    /// <summary>What is asked before then is done then.</summary>
    public long StalledUntil { get; set; }

    /// <summary>Whether the store confirms what it does not keep, like a file that was deleted while it is open.</summary>
    public bool IsUnlinked { get; set; }

    public SeededRandom Random => _random;

    /// <summary>Stores or deletes, after a time.</summary>
    public TimeSpan Change(Life life, DiskFaults faults, Action change)
    {
        var takes = _random.Between(faults.WriteTime / 5, faults.WriteTime * 2);
        if (_random.Chance(faults.SlowWriteRate))
        {
            takes += _random.Between(TimeSpan.Zero, faults.SlowWriteTime);
        }

        _pending.Add(change);
        world.Schedule(takes, null, () =>
        {
            if (_pending.Remove(change))
            {
                change();
            }
        });
        return takes;
    }

    public void Store(long sequenceNr, string manifest, byte[] bytes)
    {
        if (!IsUnlinked)
        {
            _rows[sequenceNr] = (manifest, bytes);
        }
    }

    /// <summary>All that it holds is gone, and so is what it will be given until the server restarts.</summary>
    public void Unlink()
    {
        (IsUnlinked, WasDamaged) = (true, true);
        _rows.Clear();
    }

    public void Remove(long sequenceNr) => _rows.Remove(sequenceNr);

    /// <summary>The newest row at or below a sequence number, as the stores of Akka.Persistence.Sql find it.</summary>
    public (long SequenceNr, string Manifest, byte[] Bytes)? FindAtOrBelow(long sequenceNr)
    {
        foreach (var (found, row) in _rows.Reverse())
        {
            if (found <= sequenceNr)
            {
                return (found, row.Manifest, row.Bytes);
            }
        }

        return null;
    }

    /// <summary>The process died: what was under way was done or was not.</summary>
    public void OnCrash()
    {
        foreach (var change in _pending)
        {
            if (_random.Chance(0.5))
            {
                change();
            }
        }

        _pending.Clear();
        IsUnlinked = false;
    }

    /// <summary>Of how many snapshots something is stored.</summary>
    public int Count => _rows.Keys.Select(static sequenceNr => SnapshotKeys.Parse(sequenceNr).Number).Distinct().Count();

    /// <summary>How many chunks are stored.</summary>
    public int Chunks => _rows.Count;

    /// <summary>A row is lost, or one of its bytes is another.</summary>
    public void Damage(double where, bool isLost)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        WasDamaged = true;
        var sequenceNr = _rows.Keys.ElementAt((int)(where * _rows.Count));
        if (isLost)
        {
            _rows.Remove(sequenceNr);
            return;
        }

        var (manifest, bytes) = _rows[sequenceNr];
        byte[] damaged = [.. bytes];
        damaged[(int)(where * damaged.Length)] ^= 0x10;
        _rows[sequenceNr] = (manifest, damaged);
    }
}

/// <summary>
/// The snapshot store plugin of a world. It answers Akka.Persistence's protocol itself, without tasks and real timers.
/// </summary>
internal sealed class SimulatedSnapshotStore : UntypedActor
{
    private readonly SimulatedWorld _world = Context.System.Settings.Setup.Get<WorldSetup>().Value.World;
    private readonly JournalDisks _disks = JournalDisks.Of(Context.System);

    protected override void OnReceive(object message)
    {
        var life = _world.LifeOf(Sender.Path);
        if (!life.IsAlive)
        {
            return;
        }

        var disk = _disks.Of(life);
        switch (message)
        {
            case SaveSnapshot save:
                var serializer = (SerializerWithStringManifest)_world.System.Serialization.FindSerializerFor(save.Snapshot);
                var bytes = serializer.ToBinary(save.Snapshot);
                var manifest = serializer.Manifest(save.Snapshot);
                _world.Trace.Mix(Digest.Of(bytes));
                Change(
                    life, disk, () => disk.Snapshots.Store(save.Metadata.SequenceNr, manifest, bytes),
                    new SaveSnapshotSuccess(save.Metadata), cause => new SaveSnapshotFailure(save.Metadata, cause));
                break;
            case DeleteSnapshot delete:
                Change(
                    life, disk, () => disk.Snapshots.Remove(delete.Metadata.SequenceNr),
                    new DeleteSnapshotSuccess(delete.Metadata), cause => new DeleteSnapshotFailure(delete.Metadata, cause));
                break;
            case LoadSnapshot load:
                Load(life, disk, load);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Change(Life life, SimulatedDisk disk, Action change, object success, Func<Exception, object> failure)
    {
        var snapshots = disk.Snapshots;
        var (sender, self) = (Sender, Self);
        if (disk.IsFailing || snapshots.Random.Chance(disk.Faults.FailRate))
        {
            // Told as failed, and yet it may be there.
            if (snapshots.Random.Chance(0.5))
            {
                change();
            }

            _world.Schedule(
                disk.DrawDelay(),
                life,
                () => sender.Tell(failure(new SimulatedFaultException("the snapshot store fails")), self));
            return;
        }

        var stalled = new TimeSpan(Math.Max(0, disk.Snapshots.StalledUntil - _world.Now));
        var takes = snapshots.Change(life, disk.Faults, change) + stalled;
        if (snapshots.Random.Chance(disk.Faults.CrashRate))
        {
            _world.Schedule(
                snapshots.Random.Between(TimeSpan.Zero, takes + TimeSpan.FromMilliseconds(1)), life, () => disk.Crash(life));
        }

        _world.Schedule(takes + disk.DrawDelay(), life, () => sender.Tell(success, self));
    }

    private void Load(Life life, SimulatedDisk disk, LoadSnapshot load)
    {
        var (sender, self) = (Sender, Self);
        _world.Schedule(
            disk.DrawDelay() + new TimeSpan(Math.Max(0, disk.Snapshots.StalledUntil - _world.Now)),
            life,
            () => sender.Tell(Read(disk, load), self));
    }

    private object Read(SimulatedDisk disk, LoadSnapshot load)
    {
        if (disk.IsFailing)
        {
            return new LoadSnapshotFailed(new SimulatedFaultException("the snapshot store cannot be read"));
        }

        if (disk.Snapshots.FindAtOrBelow(load.Criteria.MaxSequenceNr) is not { } row)
        {
            return new LoadSnapshotResult(null, load.ToSequenceNr);
        }

        try
        {
            var serializer = (SerializerWithStringManifest)_world.System.Serialization.FindSerializerForType(
                typeof(ISnapshotRecord));
            var metadata = new SnapshotMetadata(load.PersistenceId, row.SequenceNr, DateTime.UnixEpoch);
            return new LoadSnapshotResult(
                new SelectedSnapshot(metadata, serializer.FromBinary(row.Bytes, row.Manifest)), load.ToSequenceNr);
        }
        catch (System.Runtime.Serialization.SerializationException unreadable)
        {
            return new LoadSnapshotFailed(unreadable);
        }
    }
}
