using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Dispatch;
using Akka.Event;
using Raft.Actors.Node;

namespace Raft.Simulation.World;

/// <summary>
/// An actor system in one thread and in virtual time. Whatever happens next (a timer, a message's arrival, a disk's
/// answer, a mailbox's turn) is picked here, and every choice is drawn from one seed: the same seed gives the same
/// history to the last step.
/// </summary>
/// <remarks>
/// All servers of a group share the actor system, for making one is what costs most; each life of a server lives below
/// <c>/user/{life}</c>, and all that is asked of the world (time, timers, journal) is answered for the life that asks.
/// </remarks>
internal sealed class SimulatedWorld
{
    private const long LongestSleep = 100 * TimeSpan.TicksPerMillisecond;

    // No healthy world comes near. A storm of messages ends its run, and says so, before it eats the machine's memory.
    private const int MostEvents = 1_000_000;

    [ThreadStatic]
    private static SimulatedWorld? _current;

    private readonly PriorityQueue<Event, (long Due, long Sequence)> _events = new();
    private readonly List<ReadyMailbox> _ready = [];
    private readonly Dictionary<string, Life> _lives = new(StringComparer.Ordinal);
    private readonly SeededRandom _random;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _sequence;

    public SimulatedWorld(ulong seed, Trace trace)
    {
        Seed = seed;
        Trace = trace;
        _random = SeededRandom.Stream(seed, "schedule");
        var outer = _current;
        _current = this;
        try
        {
            System = ActorSystem.Create(
                "simulation",
                ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(WorldConfiguration.Value), new WorldSetup(this)));
        }
        finally
        {
            _current = outer;
        }
    }

    /// <summary>The world that is being made or runs on this thread.</summary>
    public static SimulatedWorld Current => _current ?? throw new InvalidOperationException("no world runs on this thread");

    public ulong Seed { get; }

    public ActorSystem System { get; }

    public Trace Trace { get; }

    public LifePaths Paths { get; } = new();

    /// <summary>Virtual time, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    public TimeSpan Elapsed => new(Now);

    /// <summary>
    /// How long a mailbox's turn takes at most; slow machines have longer queues and so more orders to pick from.
    /// </summary>
    public TimeSpan LongestTurn { get; set; } = TimeSpan.FromMicroseconds(20);

    /// <summary>How late a timer may fire: Akka's wheel turns every 10 ms.</summary>
    public TimeSpan LatestTimer { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The life whose mailbox or timer runs just now.</summary>
    public Life? Running { get; private set; }

    /// <summary>What belongs to no server: the actor system's own actors, the journal among them.</summary>
    public Life Outside { get; } = new("outside", 1, TimeSpan.Zero);

    /// <summary>Called after each turn of an actor of a life, with the actor's path.</summary>
    public Action<Life, string>? Stepped { get; set; }

    /// <summary>Called for each line that is logged.</summary>
    public Action<Life?, LogEvent>? Logged { get; set; }

    public long Steps { get; private set; }

    /// <summary>Lets something happen later. What belongs to a life that has died by then does not happen.</summary>
    public void Schedule(TimeSpan delay, Life? life, Action action, ICancelable? cancelable = null)
    {
        CheckThread();
        _events.Enqueue(new Event(action, life, cancelable), (Now + Math.Max(0, delay.Ticks), _sequence++));
    }

    /// <summary>A timer of an actor: by its own clock, and late by up to a turn of Akka's wheel.</summary>
    public void ScheduleTimer(TimeSpan delay, TimeSpan? interval, Life life, ICancelable? cancelable, Action action)
    {
        var real = (delay / life.ClockRate) + _random.Between(TimeSpan.Zero, LatestTimer);
        Schedule(real, life, Fire, cancelable);

        void Fire()
        {
            action();
            if (interval is { } next && cancelable is not { IsCancellationRequested: true })
            {
                ScheduleTimer(next, next, life, cancelable, action);
            }
        }
    }

    public void Begin(Life life) => _lives[life.Name] = life;

    /// <summary>A life ends between two messages, or in the middle of a handler whose further doings nobody sees.</summary>
    public void End(Life life)
    {
        life.IsAlive = false;
        _ready.RemoveAll(ready => ready.Life == life);
    }

    /// <summary>To which life an actor belongs.</summary>
    public Life LifeOf(ActorPath path)
    {
        var elements = path.Elements;
        return elements.Count >= 2 && elements[0] == "user" && _lives.TryGetValue(elements[1], out var life) ? life : Outside;
    }

    public Life LifeOf(ICanTell? receiver) => receiver is IActorRef actor ? LifeOf(actor.Path) : Running ?? Outside;

    /// <summary>A mailbox has something to do.</summary>
    public void MakeReady(Life life, string path, ulong key, IRunnable mailbox)
    {
        CheckThread();
        if (!life.IsAlive)
        {
            return;
        }

        // Sorted by a stable key: Akka walks children in an order that differs from process to process, and the order
        // in which mailboxes became ready must not show.
        var low = 0;
        var high = _ready.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ready[middle].Key <= key)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        _ready.Insert(low, new ReadyMailbox(key, life, path, mailbox));
    }

    /// <summary>Lets the world run to a point in virtual time, or until a condition holds.</summary>
    public void RunUntil(TimeSpan time, Func<bool>? condition = null)
    {
        // xunit's context would take continuations to another thread.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        var outer = _current;
        _current = this;
        try
        {
            while (condition?.Invoke() != true && Step(time.Ticks))
            {
            }
        }
        finally
        {
            _current = outer;
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Notes what happens to a life, for readers and for the hash.</summary>
    public void Note(Life life, string what)
    {
        Trace.Mix(Digest.Of(what, life.Key));
        if (Trace.KeepsText)
        {
            Trace.Line(Now, life.Name, what);
        }
    }

    internal void Log(LogEvent entry) => Logged?.Invoke(Running, entry);

    private bool Step(long until)
    {
        if (Now >= until)
        {
            return false;
        }

        if (_events.Count > MostEvents)
        {
            throw new InvalidOperationException(
                $"after {Steps} steps, at {Elapsed}, {_events.Count} messages and timers are under way: a storm of them");
        }

        FireWhatIsDue();
        var next = PickReady();
        if (next >= 0)
        {
            TakeTurn(next);
            return true;
        }

        if (!_events.TryPeek(out _, out var first) || first.Due > until)
        {
            Now = until;
            return false;
        }

        Now = Math.Max(Now, first.Due);
        return true;
    }

    private void FireWhatIsDue()
    {
        while (_events.TryPeek(out var happening, out var due) && due.Due <= Now)
        {
            _events.Dequeue();
            if (happening.Life is { IsAlive: false } || happening.Cancelable is { IsCancellationRequested: true })
            {
                continue;
            }

            if (happening.Life is { } life && life.PausedUntil > Now)
            {
                // Looked at again and again, for it may be woken before its time (seed 413340041).
                _events.Enqueue(happening, (Math.Min(life.PausedUntil, Now + LongestSleep), _sequence++));
                continue;
            }

            Running = happening.Life;
            happening.Action();
            Running = null;
        }
    }

    private void TakeTurn(int index)
    {
        var turn = _ready[index];
        _ready.RemoveAt(index);
        Steps++;
        Trace.Mix((ulong)Now);
        Trace.Mix(turn.Key);
        Running = turn.Life;
        turn.Mailbox.Run();
        if (turn.Life.IsAlive)
        {
            Stepped?.Invoke(turn.Life, turn.Path);
        }

        Running = null;
        Now += _random.Between(5, LongestTurn.Ticks);
    }

    private int PickReady()
    {
        if (_ready.Count == 0)
        {
            return -1;
        }

        for (var attempt = 0; attempt < 4; attempt++)
        {
            var index = _ready.Count == 1 ? 0 : _random.Next(_ready.Count);
            if (_ready[index].Life.PausedUntil <= Now)
            {
                return index;
            }
        }

        for (var index = 0; index < _ready.Count; index++)
        {
            if (_ready[index].Life.PausedUntil <= Now)
            {
                return index;
            }
        }

        // All that could run are paused: there must be an event at which the first of them wakes up.
        Schedule(new TimeSpan(_ready.Min(static ready => ready.Life.PausedUntil) - Now), null, static () => { });
        return -1;
    }

    private void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException(
                "another thread reaches into the simulated world: it would no longer be deterministic");
        }
    }

    private readonly record struct Event(Action Action, Life? Life, ICancelable? Cancelable);

    private readonly record struct ReadyMailbox(ulong Key, Life Life, string Path, IRunnable Mailbox);
}

/// <summary>Hands the world to what Akka makes by itself.</summary>
internal sealed class WorldSetup(SimulatedWorld world) : Setup
{
    public SimulatedWorld World => world;
}

/// <summary>Where the actors of a life are; paths are costly to put together and asked for with each message.</summary>
internal sealed class LifePaths
{
    private readonly Dictionary<Life, (ActorPath Supervisor, ActorPath Node)> _paths = [];

    public void Add(Life life, ActorPath supervisor) => _paths[life] = (supervisor, supervisor / RaftSupervisor.NodeName);

    public ActorPath Supervisor(Life life) => _paths[life].Supervisor;

    public ActorPath Node(Life life) => _paths[life].Node;
}
