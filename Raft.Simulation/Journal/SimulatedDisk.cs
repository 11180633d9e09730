using System.Collections.Immutable;
using Akka.Persistence;
using Akka.Serialization;
using Raft.Actors.Model;
using Raft.Simulation.World;

namespace Raft.Simulation.Journal;

/// <summary>How a disk behaves; the rates hold for each write.</summary>
internal sealed record DiskFaults
{
    public TimeSpan WriteTime { get; init; } = TimeSpan.FromMicroseconds(300);

    /// <summary>Now and then a write takes up to this much longer.</summary>
    public TimeSpan SlowWriteTime { get; init; } = TimeSpan.FromMilliseconds(100);

    public double SlowWriteRate { get; init; }

    public double FailRate { get; init; }

    public double RejectRate { get; init; }

    /// <summary>How often the process dies between the beginning of a write and the time just behind its answer.</summary>
    public double CrashRate { get; init; }

    /// <summary>Whether a crash undoes every write under way; else it is left to chance how many of them.</summary>
    public bool LosesWritesInACrash { get; init; }

    /// <summary>
    /// Whether votes are gone when the journal is read: no fault that a server could bear, but a bug for tests to find.
    /// </summary>
    public bool ForgetsVotes { get; init; }
}

/// <summary>A server's disk, which outlives the server. Writes are made one after the other, each whole or not at all.</summary>
internal sealed class SimulatedDisk
{
    /// <summary>The plugins' circuit breaker: what takes longer is told as failed.</summary>
    public static readonly TimeSpan BreakerTimeout = TimeSpan.FromSeconds(10);

    private readonly SimulatedWorld _world;
    private readonly SeededRandom _random;
    private readonly SortedDictionary<long, Row> _rows = [];
    private readonly List<PendingWrite> _pending = [];
    private readonly string _name;
    private long _busyUntil;
    private long _readers;

    public SimulatedDisk(SimulatedWorld world, string name)
    {
        _world = world;
        _name = name;
        _random = SeededRandom.Stream(world.Seed, $"disk {name}");
    }

    public DiskFaults Faults { get; set; } = new();

    /// <summary>Until then no write to the journal is done.</summary>
    public long StalledUntil { get; set; }

    /// <summary>Until then every write and every read fails.</summary>
    public long FailingUntil { get; set; }

    /// <summary>Whether the process dies around the next write.</summary>
    public CrashPoint CrashAtNextWrite { get; set; }

    public DurableLog Durable { get; } = new();

    /// <summary>
    /// Whether it holds another group's data: nothing that its server does with it is this group's, and nobody may heed it.
    /// </summary>
    public bool IsForeign { get; init; }

    /// <summary>The server's snapshot store, in another file.</summary>
    public required SimulatedSnapshots Snapshots { get; init; }

    /// <summary>The entries that were committed up to an index, which a snapshot stands for.</summary>
    public required Func<long, IEnumerable<EntryIdentity>> CommittedUpTo { get; init; }

    public long HighestSequenceNr { get; private set; }

    public long Writes { get; private set; }

    /// <summary>How many writes a crash undid.</summary>
    public long LostWrites { get; private set; }

    /// <summary>Asks for a crash while a write is under way.</summary>
    public required Action<Life> Crash { get; init; }

    /// <summary>Called before an event changes what is durable.</summary>
    public required Action<IJournalEvent> BecomesDurable { get; init; }

    /// <summary>
    /// Whether a write of which nobody expects anything any more may still be made, after the journal was read anew: so it is
    /// with a database, whose transaction outlives the patience of the plugin. Else whoever reads waits for all that was
    /// begun.
    /// </summary>
    public bool WritesMayComeLate { get; init; }

    /// <summary>
    /// Whether such a write was made since the journal was last read: its reader knows less than the disk, and cannot write.
    /// </summary>
    public bool IsAheadOfItsReader { get; private set; }

    /// <summary>How many writes came late, and how many were refused since their place was taken.</summary>
    public long LateWrites { get; private set; }

    public bool IsFailing => FailingUntil > _world.Now;

    /// <summary>When the journal can be read.</summary>
    public TimeSpan ReadableIn =>
        WritesMayComeLate ? TimeSpan.Zero : new(Math.Max(0, Math.Max(_busyUntil, StalledUntil) - _world.Now));

    /// <summary>Draws what becomes of the next write.</summary>
    public WriteFate DrawFate()
    {
        if (IsFailing)
        {
            return WriteFate.Fails;
        }

        if (_random.Chance(Faults.FailRate))
        {
            return _random.Chance(0.5)
                ? WriteFate.Fails
                : WritesMayComeLate && _random.Chance(0.5) ? WriteFate.FailsAndIsWrittenLate
                : WriteFate.FailsButIsWritten;
        }

        return _random.Chance(Faults.RejectRate) ? WriteFate.IsRejected : WriteFate.Succeeds;
    }

    /// <summary>Journal and snapshot store do nothing until then.</summary>
    public void Stall(long until) => (StalledUntil, Snapshots.StalledUntil) = (until, until);

    /// <summary>How long an answer takes that says nothing about the disk.</summary>
    public TimeSpan DrawDelay() => _random.Between(TimeSpan.FromMicroseconds(20), TimeSpan.FromMilliseconds(2));

    /// <summary>Puts events there before there is a server.</summary>
    public void BeginWith(IEnumerable<IJournalEvent> events) =>
        Store(new PendingWrite([.. events.Select((change, place) => ToRow(new Persistent(change, place + 1)))]));

    /// <summary>Begins a write.</summary>
    public PendingWrite Write(Life life, ImmutableArray<IPersistentRepresentation> events, WriteFate fate)
    {
        var start = Math.Max(Math.Max(_world.Now, _busyUntil), StalledUntil);
        var takes = _random.Between(Faults.WriteTime / 5, Faults.WriteTime * 2);
        if (_random.Chance(Faults.SlowWriteRate))
        {
            takes += _random.Between(TimeSpan.Zero, Faults.SlowWriteTime);
        }

        var crash = CrashAtNextWrite;
        CrashAtNextWrite = CrashPoint.None;
        if (crash == CrashPoint.BeforeItIsMade)
        {
            _world.Schedule(takes, life, () => Crash(life));
            return new PendingWrite([]) { DurableIn = TimeSpan.MaxValue };
        }

        var durableIn = new TimeSpan(start + takes.Ticks - _world.Now);
        var write = new PendingWrite([.. events.Select(ToRow)]) { DurableIn = durableIn, Reader = _readers };
        var madeIn = durableIn;
        if (WritesMayComeLate && (durableIn > BreakerTimeout || fate == WriteFate.FailsAndIsWrittenLate))
        {
            // Those that come after do not wait for it either.
            madeIn += _random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(4));
        }
        else
        {
            _busyUntil = start + takes.Ticks;
        }

        _pending.Add(write);
        _world.Schedule(madeIn, null, () =>
        {
            if (_pending.Remove(write))
            {
                Store(write);
                if (crash == CrashPoint.BeforeItIsAnswered)
                {
                    Crash(life);
                }
            }
        });
        if (_random.Chance(Faults.CrashRate))
        {
            _world.Schedule(_random.Between(TimeSpan.Zero, durableIn + TimeSpan.FromMilliseconds(1)), life, () => Crash(life));
        }

        return write;
    }

    /// <summary>The journal is read from its beginning.</summary>
    public void BeginReading()
    {
        _readers++;
        IsAheadOfItsReader = false;
    }

    /// <summary>Deletes the events up to a sequence number, in one transaction.</summary>
    /// <returns>After what time it is done.</returns>
    public TimeSpan Delete(Life life, long toSequenceNr)
    {
        var takes = _random.Between(Faults.WriteTime / 5, Faults.WriteTime * 2);
        _world.Schedule(takes, life, () =>
        {
            if (_world.Trace.KeepsText)
            {
                _world.Trace.Line(_world.Now, _name, $"  disk deletes up to #{toSequenceNr}");
            }

            foreach (var sequenceNr in _rows.Keys.TakeWhile(sequenceNr => sequenceNr <= toSequenceNr).ToArray())
            {
                _rows.Remove(sequenceNr);
            }
        });
        if (_random.Chance(Faults.CrashRate))
        {
            _world.Schedule(_random.Between(TimeSpan.Zero, takes * 2), life, () => Crash(life));
        }

        return takes;
    }

    /// <summary>The process died: of the writes under way, those before some point were made and the others were not.</summary>
    public void OnCrash()
    {
        var made = Faults.LosesWritesInACrash || _random.Chance(0.5) ? 0 : _random.Next(_pending.Count + 1);
        for (var i = 0; i < _pending.Count; i++)
        {
            if (i < made)
            {
                Store(_pending[i]);
            }
            else
            {
                LostWrites++;
            }
        }

        _pending.Clear();
        _busyUntil = _world.Now;
        Snapshots.OnCrash();
    }

    /// <summary>Reads the events of a range, each made anew from its bytes.</summary>
    public IEnumerable<IPersistentRepresentation> Read(string persistenceId, long from, long to, long max)
    {
        foreach (var (sequenceNr, row) in _rows)
        {
            if (sequenceNr > to || max-- <= 0)
            {
                yield break;
            }

            if (sequenceNr >= from)
            {
                yield return new Persistent(AsRead(Decode(row)), sequenceNr, persistenceId, row.Manifest);
            }
        }
    }

    private IJournalEvent AsRead(IJournalEvent change) =>
        Faults.ForgetsVotes && change is HardStateChanged hardState ? hardState with { VotedFor = default } : change;

    private Row ToRow(IPersistentRepresentation stored)
    {
        var serializer = (SerializerWithStringManifest)_world.System.Serialization.FindSerializerFor(stored.Payload);
        var bytes = serializer.ToBinary(stored.Payload);
        _world.Trace.Mix(Digest.Of(bytes));
        return new Row(stored.SequenceNr, serializer.Manifest(stored.Payload), bytes);
    }

    private void Store(PendingWrite write)
    {
        // A journal holds one event of each number (in a database, by a unique index): of two writers in one place the first
        // one wins.
        if (write.Rows[0].SequenceNr <= HighestSequenceNr)
        {
            write.IsRefused = true;
            LateWrites++;
            Note($"  disk refuses #{write.Rows[0].SequenceNr}: it has another one");
            return;
        }

        if (write.Reader != _readers)
        {
            IsAheadOfItsReader = true;
            LateWrites++;
            Note("  a late write is made");
        }

        foreach (var row in write.Rows)
        {
            var change = Decode(row);
            if (_world.Trace.KeepsText)
            {
                _world.Trace.Line(_world.Now, _name, $"  disk holds #{row.SequenceNr} {Text(change)}");
            }

            BecomesDurable(change);
            _rows.Add(row.SequenceNr, row);
            HighestSequenceNr = row.SequenceNr;
            Writes++;
            if (change is HardStateChanged hardState)
            {
                Durable.Change(hardState);
            }
            else if (change is JournalIdentified identified)
            {
                Durable.Identify(identified);
            }
            else if (change is EntriesAppended appended)
            {
                Durable.Append(appended);
            }
            else if (change is SnapshotCompleted { DiscardsLog: true } completed)
            {
                Durable.Replace(CommittedUpTo(completed.Newest.Index));
            }
        }
    }

    private void Note(string what)
    {
        if (_world.Trace.KeepsText)
        {
            _world.Trace.Line(_world.Now, _name, what);
        }
    }

    private static string Text(IJournalEvent change) => change is EntriesAppended appended
        ? $"entries {appended.FirstIndex} to {appended.LastIndex}, terms {appended.Entries[0].Term} to "
            + $"{appended.Entries[^1].Term}"
        : change is SnapshotCompleted completed
            ? $"snapshot {completed.Newest.Number} of {completed.Newest.Index}/{completed.Newest.Content.Term}"
            + (completed.DiscardsLog ? ", discards the log" : string.Empty)
        : change.ToString()!;

    private IJournalEvent Decode(Row row)
    {
        var serializer = (SerializerWithStringManifest)_world.System.Serialization.FindSerializerForType(typeof(IJournalEvent));
        return (IJournalEvent)serializer.FromBinary(row.Bytes, row.Manifest);
    }

}

/// <summary>A write under way: made whole or not at all.</summary>
internal sealed class PendingWrite(ImmutableArray<Row> rows)
{
    public ImmutableArray<Row> Rows => rows;

    /// <summary>When it is made, as far as whoever asked for it is concerned.</summary>
    public TimeSpan DurableIn { get; init; }

    /// <summary>How often the journal had been read when it was begun.</summary>
    public long Reader { get; init; }

    /// <summary>Whether its place in the journal was taken.</summary>
    public bool IsRefused { get; set; }
}

/// <summary>An event on a disk.</summary>
internal sealed record Row(long SequenceNr, string Manifest, byte[] Bytes);

/// <summary>Where in a write a process dies.</summary>
internal enum CrashPoint
{
    None,

    /// <summary>Nothing of it is found later.</summary>
    BeforeItIsMade,

    /// <summary>It is found later, but the process has told nobody.</summary>
    BeforeItIsAnswered,
}

/// <summary>What becomes of a write.</summary>
internal enum WriteFate
{
    Succeeds,

    /// <summary>The disk says that it failed, and it did.</summary>
    Fails,

    /// <summary>The disk says that it failed, and yet the next reader finds it.</summary>
    FailsButIsWritten,

    /// <summary>The disk says that it failed, and yet it is written later, perhaps behind the next reader's back.</summary>
    FailsAndIsWrittenLate,

    IsRejected,
}
