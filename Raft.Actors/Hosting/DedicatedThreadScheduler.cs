using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting;

/// <summary>
/// A scheduler for the actor system whose timers fire from a thread of their own (<c>akka.scheduler.implementation =
/// "Raft.Actors.Hosting.DedicatedThreadScheduler, Raft.Actors"</c>).
/// </summary>
/// <remarks>
/// Akka.NET's own scheduler turns its wheel on .NET's thread pool: where code anywhere in the process blocks the pool's
/// threads, or computes on them while the processor is busy, no timer fires, no heartbeat is sent and a healthy leader is
/// deposed. Together with <c>raft.node-dispatcher</c> this one keeps a group's elections out of that. Its steps are those of
/// Akka's wheel (<c>akka.scheduler.tick-duration</c>, 10 ms), so that a hundred groups' timers share a wake-up; but it sleeps
/// through the steps in which nothing is due, which is most of what a process at rest costs.
/// </remarks>
public sealed class DedicatedThreadScheduler : SchedulerBase, IDisposable
{
    private const int FewTimers = 1024;

    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    private readonly PriorityQueue<Timer, (TimeSpan Due, long Order)> _timers = new();
    private readonly object _lock = new();
    private readonly TimeSpan _step;
    private long _order;
    private int _purgeAt = FewTimers;
    private bool _isDisposed;

    /// <summary>Made by the actor system.</summary>
    public DedicatedThreadScheduler(Config config, ILoggingAdapter log)
        : base(config, log)
    {
        _step = config.GetTimeSpan("akka.scheduler.tick-duration", TimeSpan.FromMilliseconds(10));
        RaftSettings.Check(
            _step > TimeSpan.Zero && _step <= LongestStep,
            "akka.scheduler.tick-duration", _step, $"must be above 0 and at most {LongestStep}");
        new Thread(Run) { IsBackground = true, Name = "raft-scheduler", Priority = ThreadPriority.AboveNormal }.Start();
    }

    /// <inheritdoc />
    public override TimeSpan MonotonicClock => Stopwatch.GetElapsedTime(0);

    /// <inheritdoc />
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <inheritdoc />
    protected override DateTimeOffset TimeNow => TimeProvider.System.GetUtcNow();

    /// <summary>How many timers are set, some of which may be cancelled.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>Ends the thread; what is still scheduled never fires. The actor system does it when it has terminated.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _timers.Clear();
            Monitor.Pulse(_lock);
        }
    }

    /// <inheritdoc />
    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, null, cancelable, () => receiver.Tell(message, sender));

    /// <inheritdoc />
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, cancelable, () => receiver.Tell(message, sender));

    /// <inheritdoc />
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Schedule(delay, null, cancelable, action);

    /// <inheritdoc />
    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        Schedule(delay, null, cancelable, action.Run);

    /// <inheritdoc />
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, cancelable, action);

    /// <inheritdoc />
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, cancelable, action.Run);

    private void Schedule(TimeSpan delay, TimeSpan? interval, ICancelable? cancelable, Action action)
    {
        if (cancelable is { IsCancellationRequested: true })
        {
            return;
        }

        lock (_lock)
        {
            if (!_isDisposed)
            {
                Add(new Timer(action, interval, cancelable), MonotonicClock + delay);
            }
        }
    }

    private void Add(Timer timer, TimeSpan due)
    {
        var isEarliest = !_timers.TryPeek(out _, out var earliest) || StepOf(due) < StepOf(earliest.Due);
        _timers.Enqueue(timer, (due, _order++));
        if (isEarliest)
        {
            Monitor.Pulse(_lock);
        }

        if (_timers.Count > _purgeAt)
        {
            Purge();
        }
    }

    /// <summary>The end of the step in which a timer is due: the time at which it fires.</summary>
    private TimeSpan StepOf(TimeSpan due) => new((due.Ticks + _step.Ticks - 1) / _step.Ticks * _step.Ticks);

    /// <summary>
    /// Most timers are deadlines that are cancelled long before they are due; they are not to gather until then.
    /// </summary>
    private void Purge()
    {
        var left = _timers.UnorderedItems
            .Where(static item => item.Element.Cancelable is not { IsCancellationRequested: true })
            .ToArray();
        _timers.Clear();
        _timers.EnqueueRange(left);
        _purgeAt = Math.Max(FewTimers, 2 * left.Length);
    }

    private void Run()
    {
        while (TryWait(out var timer))
        {
            try
            {
                timer.Action();
            }
            catch (Exception thrown)
            {
                // As Akka's scheduler does: one bad timer must not take the others with it.
                Log.Error(thrown, "a scheduled action threw");
            }
        }
    }

    /// <summary>
    /// Waits for the next timer that is due and was not cancelled, and sets it again if it repeats. Returns false at the end.
    /// </summary>
    private bool TryWait(out Timer timer)
    {
        lock (_lock)
        {
            while (!_isDisposed)
            {
                if (!_timers.TryPeek(out timer, out var key))
                {
                    Monitor.Wait(_lock);
                    continue;
                }

                var remaining = StepOf(key.Due) - MonotonicClock;
                if (timer.Cancelable is { IsCancellationRequested: true })
                {
                    _timers.Dequeue();
                }
                else if (remaining > TimeSpan.Zero)
                {
                    // Rounded up: a wait that ends early would spin. Bounded: Monitor takes no more than an int of milliseconds.
                    Monitor.Wait(_lock, (int)Math.Min(Math.Ceiling(remaining.TotalMilliseconds), int.MaxValue));
                }
                else
                {
                    _timers.Dequeue();
                    if (timer.Interval is { } interval)
                    {
                        // What was missed in a long pause is not made up for.
                        var next = key.Due + interval;
                        Add(timer, next > MonotonicClock ? next : MonotonicClock + interval);
                    }

                    return true;
                }
            }
        }

        timer = default;
        return false;
    }

    private readonly record struct Timer(Action Action, TimeSpan? Interval, ICancelable? Cancelable);
}
