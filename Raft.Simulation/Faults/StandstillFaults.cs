using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Servers;

namespace Raft.Simulation.Faults;

/// <summary>
/// A machine stands still (a virtual machine that is moved, a process that collects garbage): unlike in a
/// <see cref="Pause"/>, what is sent to it waits in the network, and what was sent first may come in last.
/// </summary>
internal sealed record Freeze(ServerId Server, TimeSpan For) : Fault
{
    protected override string What => $"freeze {Server} for {Text(For)}";

    public override void Strike(Nemesis nemesis) => Begin(nemesis, nemesis.Cluster.Server(Server), For);

    public static void Begin(Nemesis nemesis, SimulatedServer server, TimeSpan length)
    {
        if (server.Life is { IsAlive: true } life)
        {
            var end = nemesis.World.Now + length.Ticks;
            life.PausedUntil = Math.Max(life.PausedUntil, end);
            life.FrozenUntil = Math.Max(life.FrozenUntil, end);
            nemesis.World.Note(life, "freezes");
        }
    }
}

/// <summary>
/// Whoever leads stands still, and hears its group late when it goes on: it finds the answers that were on their way to it
/// when it stopped, and clients who know more than it does.
/// </summary>
/// <param name="For">How long it stands still.</param>
/// <param name="HearsLateBy">What the others said meanwhile comes so long after that; with zero, it comes in at once.</param>
/// <param name="AtAnswer">
/// Whether it stops with an answer to a heartbeat on its way to it, which a clock alone seldom hits.
/// </param>
internal sealed record LeaderFreeze(TimeSpan For, TimeSpan HearsLateBy, bool AtAnswer) : Fault
{
    protected override string What =>
        $"freeze the leader for {Text(For)}{(AtAnswer ? " when the next heartbeat is answered" : string.Empty)}, it hears the "
            + $"others {Text(HearsLateBy)} later";

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Leader is not { } leader)
        {
            return;
        }

        if (AtAnswer)
        {
            nemesis.Cluster.Network.OnceSent = ((to, message) => to == leader && message is HeartbeatResponse, () => Begin(
                nemesis,
                leader));
        }
        else
        {
            Begin(nemesis, leader);
        }
    }

    private void Begin(Nemesis nemesis, SimulatedServer leader)
    {
        Freeze.Begin(nemesis, leader, For);
        if (HearsLateBy > TimeSpan.Zero)
        {
            nemesis.Slow(
                [.. nemesis.Cluster.Servers.Where(server => server != leader).Select(server => (server.Id, leader.Id))],
                For + HearsLateBy, For + HearsLateBy);
        }
    }
}

/// <summary>Some links are slow, each in one direction.</summary>
/// <param name="Links">From whom, to whom.</param>
/// <param name="By">How much longer each message takes.</param>
/// <param name="For">How long.</param>
internal sealed record SlowLinks(ImmutableArray<(ServerId From, ServerId To)> Links, TimeSpan By, TimeSpan For) : Fault
{
    protected override string What =>
        $"slow by {Text(By)}: {string.Join(' ', Links.Select(static link => $"{link.From}->{link.To}"))}, for {Text(For)}";

    public override void Strike(Nemesis nemesis) => nemesis.Slow(Links, By, For);
}
