using System.Collections.Immutable;
using Raft.Actors.Model;

namespace Raft.Simulation.Faults;

internal sealed partial record FaultKind
{
    /// <summary>All that can befall a group. A new kind is a line here and a record that strikes.</summary>
    public static IReadOnlyList<FaultKind> All { get; } =
    [
        NowAndThen("crash", static from => new ServerCrash(from.Victim(), from.Downtime())),
        NowAndThen("crash while sending", static from => new CrashWhileSending(from.Victim(), 1 + from.Random.Next(20))),
        NowAndThen("crash loop", DrawCrashLoop),
        NowAndThen("power failure", static from => new PowerFailure([.. from.Servers.Select(_ => from.Downtime())])),
        NowAndThen("leader crash", static from => new LeaderCrash(from.Downtime())),
        NowAndThen("leader cut off", DrawLeaderCutOff),
        NowAndThen("shutdown", static from => new ShutDown(from.Victim(), from.Seconds(0.001, 2))),
        NowAndThen("partition", DrawPartition),
        NowAndThen("one-way cuts", DrawOneWayCuts),
        NowAndThen("pause", static from => new Pause(from.Victim(), from.Seconds(0.05, 8))),
        NowAndThen("freeze", static from => new Freeze(from.Victim(), from.Seconds(0.05, 8))),
        NowAndThen("leader freeze", static from => new LeaderFreeze(
            from.Seconds(0.1, 8), from.Random.Chance(0.5) ? TimeSpan.Zero : from.Seconds(0.1, 3),
            AtAnswer: from.Random.Chance(0.7))),
        NowAndThen("slow links", DrawSlowLinks),
        NowAndThen("disk stall", static from => new DiskStall(from.Victim(), from.Length(0.05, 4, 15))),
        NowAndThen("disk failure", static from => new DiskFailure(from.Victim(), from.Seconds(0.05, 3))),
        NowAndThen("clock jump", static from => new ClockJump(from.Victim(), from.Seconds(-10, 10))),
        NowAndThen("clock step", static from => new ClockJump(from.Victim(), from.Seconds(-7200, 7200))),
        NowAndThen("membership", static from => new MembershipChange(
            from.Random.Pick(
                MembershipAction.AddVoter,
                MembershipAction.AddVoter,
                MembershipAction.AddNonvoter,
                MembershipAction.DemoteVoter,
                MembershipAction.RemoveServer,
                MembershipAction.RemoveLeader),
            from.Victim())),
        NowAndThen("transfer", static from => new Transfer(from.Random.Chance(0.5) ? default : from.Victim())),
        NowAndThen("move", static from => new Move(from.Victim(), from.Downtime())),
        // Never where a group is being begun: a pledge to another coordinator is kept for ever, and it would not come about.
        new FaultKind("pledge", static (from, duration) => from.Swarm is { Spares: > 0, IsFounded: false }
            ? NowAndThen("pledge", static from => new Pledge(from.Victim(), from.Victim())).Draw(from, duration)
            : []),
        NowAndThen("disk loss", static from => new DiskLoss(from.Victim(), from.Downtime())),
        NowAndThen("disk return", static from => new DiskReturn(from.Victim(), from.Downtime())),
        new FaultKind("foreign disk", static (from, duration) => from.Swarm.Servers - from.Swarm.Nonvoters > 1
            ? NowAndThen(
                "foreign disk",
                static from => new ForeignDisk(from.Victim(), from.Random.Chance(0.5), from.Downtime(), from.Seconds(0.5, 8)))
                .Draw(from, duration)
            : []),
        // In few seeds: while a group is stopped not much else happens to it.
        new FaultKind("poison", static (from, duration) => from.Random.Chance(0.2)
            ? NowAndThen("poison", static _ => new Poison()).Draw(from, duration)
            : []),
        NowAndThen("snapshot", static from => new AskForSnapshot(from.Victim())),
        new FaultKind("snapshot damage", static (from, duration) => from.Swarm.Servers - from.Swarm.Nonvoters > 2
            ? NowAndThen(
                "snapshot damage",
                static from => new SnapshotDamage(from.Servers.First(), from.Random.Fraction(), from.Random.Chance(0.5)))
                .Draw(from, duration)
            : []),
        Period("network noise", DrawNetworkNoise),
        Period("disk noise", DrawDiskNoise),
        Period("state machine faults", static (from, length) =>
            from.Random.Pick(0, 0, 0, 0.001) is > 0 and var rate ? new StateMachineFaults(rate, length) : null),
    ];

    private static CrashLoop DrawCrashLoop(FaultDraw from) => new(
        from.Victim(),
        [.. Enumerable.Range(0, 2 + from.Random.Next(5)).Select(_ => (from.Seconds(0.001, 0.5), from.Seconds(0, 0.5)))]);

    private static LeaderCutOff DrawLeaderCutOff(FaultDraw from) => new(
        [.. from.Servers.Where(_ => from.Random.Chance(0.3))], from.Length(0.1, 5, 20));

    private static Cut DrawPartition(FaultDraw from)
    {
        var left = from.Servers.Where(_ => from.Random.Chance(0.5)).ToImmutableArray();
        var right = from.Servers.Except(left).ToImmutableArray();
        return new Cut(
            $"partition {string.Join(' ', left)} | {string.Join(' ', right)}",
            [.. from.Servers.SelectMany(_ => from.Servers, static (one, other) => (one, other)).Where(
                link => left.Contains(link.one) != left.Contains(link.other))],
            from.Length(0.1, 5, 20));
    }

    private static Cut DrawOneWayCuts(FaultDraw from)
    {
        ImmutableArray<(ServerId, ServerId)> links =
        [
            .. from.Servers.SelectMany(_ => from.Servers, static (one, other) => (one, other))
                .Where(link => link.one != link.other && from.Random.Chance(0.3)),
        ];
        return new Cut(
            $"cut {string.Join(' ', links.Select(static link => $"{link.Item1}->{link.Item2}"))}",
            links,
            from.Length(0.1, 5, 20));
    }

    private static SlowLinks DrawSlowLinks(FaultDraw from) => new(
        [
            .. from.Servers.SelectMany(_ => from.Servers, static (one, other) => (one, other))
                .Where(link => link.one != link.other && from.Random.Chance(0.3)),
        ],
        from.Seconds(0.01, from.Random.Pick(0.1, 0.5, 3)),
        from.Length(0.1, 5, 20));

    private static NetworkNoise? DrawNetworkNoise(FaultDraw from, TimeSpan length)
    {
        var noise = new NetworkNoise(
            from.Random.Pick(0, 0, 0.01, 0.05, 0.2),
            from.Random.Pick(0, 0.02, 0.2),
            from.Random.Pick(0, 0.01, 0.1),
            TimeSpan.FromMilliseconds(from.Random.Pick(100, 1000, 5000)),
            length);
        return noise is { LossRate: 0, DuplicationRate: 0, LongDelayRate: 0 } ? null : noise;
    }

    private static DiskNoise? DrawDiskNoise(FaultDraw from, TimeSpan length)
    {
        var noise = new DiskNoise(
            from.Random.Pick(0, 0.02),
            TimeSpan.FromMilliseconds(from.Random.Pick(100, 1000)),
            from.Random.Pick(0, 0, 0.002, 0.02),
            from.Random.Pick(0, 0, 0, 0.005),
            from.Random.Pick(0, 0, 0.005, 0.03),
            length);
        return noise is { SlowWriteRate: 0, FailRate: 0, RejectRate: 0, CrashRate: 0 } ? null : noise;
    }
}
