using Raft.Simulation.Journal;
using Raft.Simulation.Servers;

namespace Raft.Simulation.Scripting;

/// <summary>What befalls servers and their disks.</summary>
internal static class ServerCommands
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(1000);

    public static ScenarioCommand[] All { get; } =
    [
        new("crash SERVER [before-write | after-write]", Crash),
        new("restart SERVER [elsewhere]", Restart),
        new("software SERVER VERSION", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            server.SupportedVersion = (int)words.TakeNumber("the version of commands that it supports");
        }),
        new("pause SERVER TIME", static (world, words) =>
        {
            var life = UpServer(world, words).Life!;
            life.PausedUntil = world.World.Now + words.TakeTime().Ticks;
        }),
        new("step-clock SERVER STEP", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            server.StepClock(words.TakeStep());
        }),
        new("stall-disk SERVER [journal | snapshots] TIME", StallDisk),
        new("fail-disk SERVER [TIME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            server.Disk.FailingUntil = world.World.Now + (words.IsAtEnd ? Forever : words.TakeTime()).Ticks;
        }),
        new("lose-chunk SERVER NUMBER", static (world, words) =>
        {
            var snapshots = world.Server(words.TakeServer(), words.Line).Disk.Snapshots;
            var number = words.TakeNumber("the chunk's number");
            if (number < 1 || number > snapshots.Chunks)
            {
                throw words.Line.Error($"there are chunks 1 to {snapshots.Chunks}");
            }

            snapshots.Damage((number - 0.5) / snapshots.Chunks, isLost: true);
        }),
        new("mend-machine SERVER", static (world, words) => world.Server(words.TakeServer(), words.Line).TakesPoison = true),
        new(
            "lose-disk SERVER",
            static (world, words) => world.Cluster.LoseDisk(world.Server(words.TakeServer(), words.Line), Forever)),
        new("return-disk SERVER", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            if (server.EarlierDisk is null)
            {
                throw words.Line.Error($"{server.Id} had no other disk");
            }

            world.Cluster.ReturnDisk(server, Forever);
        }),
        new("foreign-disk SERVER [unidentified]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            world.Cluster.MountForeignDisk(server, Forever, isIdentified: !words.TakeIf("unidentified"));
        }),
        new("unlink-snapshots SERVER", static (world, words) =>
            world.Server(words.TakeServer(), words.Line).Disk.Snapshots.Unlink()),
        new("mend-disk SERVER", static (world, words) => MendDisk(world.Server(words.TakeServer(), words.Line))),
    ];

    /// <summary>Mends what a scenario left broken.</summary>
    public static void MendAll(ScenarioWorld world)
    {
        world.Cluster.Network.MendAll();
        foreach (var server in world.Cluster.Servers)
        {
            if (server.Disk.IsForeign)
            {
                world.Cluster.ReturnDisk(server, Forever);
            }

            MendDisk(server);
            if (server.Life is { } life)
            {
                life.PausedUntil = Math.Min(life.PausedUntil, world.World.Now);
            }

            server.DownUntil = 0;
            world.Cluster.Start(server);
        }
    }

    private static void MendDisk(SimulatedServer server)
    {
        server.Disk.Stall(0);
        server.Disk.FailingUntil = 0;
        server.Disk.Snapshots.IsUnlinked = false;
        server.Disk.CrashAtNextWrite = CrashPoint.None;
    }

    /// <summary>
    /// Without a point it dies now, and writes under way are lost; else it dies around the next write that it begins.
    /// </summary>
    private static void Crash(ScenarioWorld world, ScenarioWords words)
    {
        var server = UpServer(world, words);
        if (words.TakeIf("before-write"))
        {
            server.Disk.CrashAtNextWrite = CrashPoint.BeforeItIsMade;
        }
        else if (words.TakeIf("after-write"))
        {
            server.Disk.CrashAtNextWrite = CrashPoint.BeforeItIsAnswered;
        }
        else
        {
            world.Cluster.Crash(server, Forever);
        }
    }

    /// <summary>Journal and snapshots are in two files, which may well be on two disks.</summary>
    private static void StallDisk(ScenarioWorld world, ScenarioWords words)
    {
        var disk = world.Server(words.TakeServer(), words.Line).Disk;
        Action<long> stall = words.TakeIf("journal") ? until => disk.StalledUntil = until
            : words.TakeIf("snapshots") ? until => disk.Snapshots.StalledUntil = until
            : disk.Stall;
        stall(world.World.Now + words.TakeTime().Ticks);
    }

    /// <summary>Elsewhere it is reached at another address than the configuration has.</summary>
    private static void Restart(ScenarioWorld world, ScenarioWords words)
    {
        var server = world.Server(words.TakeServer(), words.Line);
        world.Cluster.Crash(server, Forever);
        server.Moves += words.TakeIf("elsewhere") ? 1 : 0;
        server.DownUntil = 0;
        world.Cluster.Start(server);
    }

    private static SimulatedServer UpServer(ScenarioWorld world, ScenarioWords words)
    {
        var server = world.Server(words.TakeServer(), words.Line);
        return server.IsUp ? server : throw words.Line.Error($"{server.Id} is down");
    }
}
