using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Hosting;
using Raft.Actors.Settings;
using Xunit;

namespace Raft.Tests.Hosting;

public sealed class DedicatedThreadSchedulerTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DedicatedThreadScheduler _scheduler = new(Akka.Configuration.Config.Empty, NoLogger.Instance);
    private readonly BlockingCollection<string> _fired = [];

    public void Dispose()
    {
        _scheduler.Dispose();
        _fired.Dispose();
    }

    [Fact]
    public void Timers_fire_in_the_order_of_their_times_and_never_early()
    {
        var start = _scheduler.MonotonicClock;
        Fire("third", 60);
        Fire("first", 20);
        Fire("second", 40);
        Fire("second too", 40);

        Assert.Equal("first", Next());
        Assert.Equal("second", Next());
        Assert.Equal("second too", Next());
        Assert.Equal("third", Next());
        Assert.True(_scheduler.MonotonicClock - start >= TimeSpan.FromMilliseconds(60));
    }

    [Fact]
    public void A_later_timer_does_not_hold_up_an_earlier_one_that_comes_after_it()
    {
        Fire("an hour later", 3_600_000);
        Fire("soon", 1);
        Assert.Equal("soon", Next());
    }

    [Fact]
    public void A_timer_that_repeats_goes_on_until_it_is_cancelled()
    {
        using var cancelable = new Cancelable((IActionScheduler)_scheduler);
        ((IAdvancedScheduler)_scheduler)
            .ScheduleRepeatedly(TimeSpan.Zero, TimeSpan.FromMilliseconds(2), () => _fired.Add("again"), cancelable);
        Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal("again", Next()));

        cancelable.Cancel();
        Fire("last", 50);
        while (Next() != "last")
        {
        }

        Fire("behind it", 50);
        Assert.Equal("behind it", Next());
    }

    [Fact]
    public void Timers_fire_at_the_end_of_the_step_in_which_they_are_due()
    {
        using var scheduler = new DedicatedThreadScheduler(
            Akka.Configuration.ConfigurationFactory.ParseString("akka.scheduler.tick-duration = 500ms"), NoLogger.Instance);
        using var fired = new BlockingCollection<TimeSpan>();
        for (var i = 1; i <= 100; i++)
        {
            var due = scheduler.MonotonicClock + TimeSpan.FromMilliseconds(i);
            var endOfStep = TimeSpan.FromMilliseconds(500 * Math.Ceiling(due / TimeSpan.FromMilliseconds(500)));
            ((IAdvancedScheduler)scheduler)
                .ScheduleOnce(TimeSpan.FromMilliseconds(i), () => fired.Add(scheduler.MonotonicClock - endOfStep));
        }

        Assert.All(Enumerable.Range(0, 100), _ =>
        {
            Assert.True(fired.TryTake(out var late, Patience));
            Assert.True(late >= TimeSpan.Zero, $"{-late} before the end of its step");
        });
    }

    [Theory]
    [InlineData("0ms")]
    [InlineData("2s")]
    public void A_step_that_makes_no_sense_is_refused(string step)
    {
        var config = Akka.Configuration.ConfigurationFactory.ParseString($"akka.scheduler.tick-duration = {step}");
        var refused = Assert.Throws<RaftConfigurationException>(() => new DedicatedThreadScheduler(config, NoLogger.Instance));
        Assert.Contains("akka.scheduler.tick-duration", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelled_timers_do_not_gather()
    {
        for (var i = 0; i < 100_000; i++)
        {
            using var cancelable = new Cancelable((IActionScheduler)_scheduler);
            ((IAdvancedScheduler)_scheduler).ScheduleOnce(TimeSpan.FromHours(1), static () => { }, cancelable);
            cancelable.Cancel();
        }

        Assert.InRange(_scheduler.Count, 0, 2048);
    }

    [Fact]
    public void An_action_that_throws_takes_no_other_with_it()
    {
        ((IAdvancedScheduler)_scheduler)
            .ScheduleOnce(TimeSpan.Zero, static () => throw new InvalidOperationException("thrown on purpose"));
        Fire("goes on", 5);
        Assert.Equal("goes on", Next());
    }

    private void Fire(string name, int milliseconds) =>
        ((IAdvancedScheduler)_scheduler).ScheduleOnce(TimeSpan.FromMilliseconds(milliseconds), () => _fired.Add(name));

    private string Next()
    {
        Assert.True(_fired.TryTake(out var name, Patience));
        return name;
    }
}
