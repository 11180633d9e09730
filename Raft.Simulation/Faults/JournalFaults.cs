using System.Globalization;
using Raft.Actors.Model;

namespace Raft.Simulation.Faults;

/// <summary>A disk does nothing for a while.</summary>
internal sealed record DiskStall(ServerId Server, TimeSpan For) : Fault
{
    protected override string What => $"the disk of {Server} stalls for {Text(For)}";

    public override void Strike(Nemesis nemesis)
    {
        var server = nemesis.Cluster.Server(Server);
        server.Disk.Stall(nemesis.World.Now + For.Ticks);
        nemesis.World.Note(server.Life!, "has a disk that stalls");
    }
}

/// <summary>A disk fails with each write and read for a while.</summary>
internal sealed record DiskFailure(ServerId Server, TimeSpan For) : Fault
{
    protected override string What => $"the disk of {Server} fails for {Text(For)}";

    public override void Strike(Nemesis nemesis)
    {
        var server = nemesis.Cluster.Server(Server);
        server.Disk.FailingUntil = nemesis.World.Now + For.Ticks;
        nemesis.World.Note(server.Life!, "has a disk that fails");
    }
}

/// <summary>Some writes are slow, fail, are rejected, or have the process die around them, on all disks.</summary>
internal sealed record DiskNoise(
    double SlowWriteRate, TimeSpan SlowWriteTime, double FailRate, double RejectRate, double CrashRate, TimeSpan For) : Fault
{
    protected override string What => string.Create(
        CultureInfo.InvariantCulture,
        $"disks: {SlowWriteRate:P1} up to {Text(SlowWriteTime)} slower, {FailRate:P1} fail, {RejectRate:P1} rejected, crash in "
            + $"{CrashRate:P1}, for {Text(For)}");

    public override void Strike(Nemesis nemesis)
    {
        foreach (var disk in nemesis.Cluster.Servers.Select(static server => server.Disk))
        {
            var calm = disk.Faults with { SlowWriteRate = 0, FailRate = 0, RejectRate = 0, CrashRate = 0 };
            var noise = calm with
            {
                SlowWriteRate = SlowWriteRate,
                SlowWriteTime = SlowWriteTime,
                FailRate = FailRate,
                RejectRate = RejectRate,
                CrashRate = CrashRate,
            };
            disk.Faults = noise;
            nemesis.Later(For, () =>
            {
                if (ReferenceEquals(disk.Faults, noise))
                {
                    disk.Faults = calm;
                }
            });
        }
    }
}
