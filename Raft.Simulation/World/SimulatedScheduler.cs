using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Raft.Simulation.World;

/// <summary>Akka's scheduler in virtual time; each life sees its own clock, which may go wrong and at another rate.</summary>
internal sealed class SimulatedScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Akka makes it while the world is being made, and gives it nothing to find the world by.
    private readonly SimulatedWorld _world = SimulatedWorld.Current;

    public override TimeSpan MonotonicClock => _world.Elapsed * (_world.Running?.ClockRate ?? 1);

    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    protected override DateTimeOffset TimeNow => Epoch + MonotonicClock + (_world.Running?.ClockOffset ?? TimeSpan.Zero);

    protected override void InternalScheduleTellOnce(
        TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        _world.ScheduleTimer(delay, null, _world.LifeOf(receiver), cancelable, () => receiver.Tell(message, sender));

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        _world.ScheduleTimer(initialDelay, interval, _world.LifeOf(receiver), cancelable, () => receiver.Tell(message, sender));

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        _world.ScheduleTimer(delay, null, _world.LifeOf((ICanTell?)null), cancelable, action);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) =>
        InternalScheduleOnce(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        _world.ScheduleTimer(initialDelay, interval, _world.LifeOf((ICanTell?)null), cancelable, action);

    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        InternalScheduleRepeatedly(initialDelay, interval, action.Run, cancelable);
}

/// <summary>Gives log lines to the world at once, without an actor or a handshake in between.</summary>
internal sealed class SimulatedLogger : MinimalLogger
{
    protected override void Log(object message)
    {
        if (message is LogEvent entry)
        {
            SimulatedWorld.Current.Log(entry);
        }
    }
}
