using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Simulation.Faults;

/// <summary>A server dies between two messages.</summary>
internal sealed record ServerCrash(ServerId Server, TimeSpan Down) : Fault
{
    protected override string What => $"crash {Server}, start it after {Text(Down)}";

    public override void Strike(Nemesis nemesis) => nemesis.Cluster.Crash(nemesis.Cluster.Server(Server), Down);
}

/// <summary>A server dies in the middle of a handler, after some of what it had to say was sent.</summary>
internal sealed record CrashWhileSending(ServerId Server, int Sends) : Fault
{
    protected override string What => $"crash {Server} at message {Sends} that it sends";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Server(Server).Life is { IsAlive: true } life)
        {
            life.SendsUntilCrash = Sends;
        }
    }
}

/// <summary>A server dies again and again, each time shortly after its start.</summary>
/// <param name="Server">The server.</param>
/// <param name="Rounds">How long it is down, and then up, each time.</param>
internal sealed record CrashLoop(ServerId Server, ImmutableArray<(TimeSpan Down, TimeSpan Up)> Rounds) : Fault
{
    protected override string What =>
        $"crash {Server} {Rounds.Length} times: "
            + $"{string.Join(", ", Rounds.Select(static round => $"down {Text(round.Down)} up {Text(round.Up)}"))}";

    public override void Strike(Nemesis nemesis) => Strike(nemesis, 0);

    private void Strike(Nemesis nemesis, int round)
    {
        if (round == Rounds.Length)
        {
            return;
        }

        nemesis.Cluster.Crash(nemesis.Cluster.Server(Server), Rounds[round].Down);
        nemesis.Later(Rounds[round].Down + Rounds[round].Up, () => Strike(nemesis, round + 1));
    }
}

/// <summary>All servers die at once.</summary>
/// <param name="Downs">How long each of them is down.</param>
internal sealed record PowerFailure(ImmutableArray<TimeSpan> Downs) : Fault
{
    protected override string What => $"crash all servers, start them after {string.Join(", ", Downs.Select(Text))}";

    public override void Strike(Nemesis nemesis)
    {
        for (var i = 0; i < Downs.Length && i < nemesis.Cluster.Servers.Count; i++)
        {
            nemesis.Cluster.Crash(nemesis.Cluster.Servers[i], Downs[i]);
        }
    }
}

/// <summary>The leader dies.</summary>
internal sealed record LeaderCrash(TimeSpan Down) : Fault
{
    protected override string What => $"crash the leader, start it after {Text(Down)}";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Leader is { } leader)
        {
            nemesis.Cluster.Crash(leader, Down);
        }
    }
}

/// <summary>A server stops in good order and is started again.</summary>
internal sealed record ShutDown(ServerId Server, TimeSpan Down) : Fault
{
    protected override string What => $"shut {Server} down, start it after {Text(Down)}";

    public override void Strike(Nemesis nemesis) => nemesis.Cluster.ShutDown(nemesis.Cluster.Server(Server), Down);
}

/// <summary>A server is stopped and goes on later, with all that came in the meantime.</summary>
internal sealed record Pause(ServerId Server, TimeSpan For) : Fault
{
    protected override string What => $"pause {Server} for {Text(For)}";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Server(Server).Life is { IsAlive: true } life)
        {
            life.PausedUntil = nemesis.World.Now + For.Ticks;
            nemesis.World.Note(life, "pauses");
        }
    }
}

/// <summary>A wall clock jumps.</summary>
internal sealed record ClockJump(ServerId Server, TimeSpan By) : Fault
{
    protected override string What => $"the clock of {Server} jumps by {Text(By)}";

    public override void Strike(Nemesis nemesis) => nemesis.Cluster.Server(Server).StepClock(By);
}

/// <summary>State machines throw.</summary>
/// <param name="Rate">How often, for each command that is applied.</param>
/// <param name="For">How long.</param>
internal sealed record StateMachineFaults(double Rate, TimeSpan For) : Fault
{
    protected override string What => $"state machines throw once in {1 / Rate:0} commands, for {Text(For)}";

    public override void Strike(Nemesis nemesis)
    {
        nemesis.Cluster.StateMachineFaultRate = Rate;
        nemesis.Later(For, () => nemesis.Cluster.StateMachineFaultRate = 0);
    }
}
