using System.Collections.Immutable;
using System.Globalization;
using Raft.Actors.Model;

namespace Raft.Simulation.Faults;

/// <summary>Some links carry nothing, each in one direction.</summary>
/// <param name="Name">What it is, for people.</param>
/// <param name="Links">From whom, to whom.</param>
/// <param name="For">How long.</param>
internal sealed record Cut(string Name, ImmutableArray<(ServerId From, ServerId To)> Links, TimeSpan For) : Fault
{
    protected override string What => $"{Name} for {Text(For)}";

    public override void Strike(Nemesis nemesis)
    {
        nemesis.World.Note(nemesis.World.Outside, Name);
        nemesis.Cut(Links, For);
    }
}

/// <summary>The leader is no longer heard.</summary>
/// <param name="StillHeardByLeader">Whose messages still reach it.</param>
/// <param name="For">How long.</param>
internal sealed record LeaderCutOff(ImmutableArray<ServerId> StillHeardByLeader, TimeSpan For) : Fault
{
    protected override string What =>
        $"cut the leader off for {Text(For)}"
            + (StillHeardByLeader.IsEmpty ? string.Empty : $", it still hears {string.Join(' ', StillHeardByLeader)}");

    public override void Strike(Nemesis nemesis)
    {
        if (nemesis.Cluster.Leader is not { } leader)
        {
            return;
        }

        nemesis.World.Note(leader.Life!, "is cut off as the leader");
        var others = nemesis.Cluster.Servers.Where(server => server != leader).Select(static server => server.Id).ToArray();
        nemesis.Cut(
            [
                .. others.Select(other => (leader.Id, other)),
                .. others.Except(StillHeardByLeader).Select(other => (other, leader.Id)),
            ],
            For);
    }
}

/// <summary>Messages are lost, doubled, and on their way for long.</summary>
internal sealed record NetworkNoise(
    double LossRate, double DuplicationRate, double LongDelayRate, TimeSpan LongDelay, TimeSpan For) : Fault
{
    protected override string What => string.Create(
        CultureInfo.InvariantCulture,
        $"network: {LossRate:P0} lost, {DuplicationRate:P0} doubled, {LongDelayRate:P0} up to {Text(LongDelay)} late, for "
            + $"{Text(For)}");

    public override void Strike(Nemesis nemesis)
    {
        var network = nemesis.Cluster.Network;
        var calm = network.Faults with { LossRate = 0, DuplicationRate = 0, LongDelayRate = 0 };
        var noise = calm with
        {
            LossRate = LossRate,
            DuplicationRate = DuplicationRate,
            LongDelayRate = LongDelayRate,
            LongDelay = LongDelay,
        };
        network.Faults = noise;
        nemesis.Later(For, () =>
        {
            if (ReferenceEquals(network.Faults, noise))
            {
                network.Faults = calm;
            }
        });
    }
}
