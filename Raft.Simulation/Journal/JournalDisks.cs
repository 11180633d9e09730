using Akka.Actor;
using Raft.Simulation.World;

namespace Raft.Simulation.Journal;

/// <summary>Finds the disk of the server whose life asks; a world's actor system has one of these.</summary>
internal sealed class JournalDisks : IExtension
{
    private readonly Dictionary<Life, SimulatedDisk> _disks = [];

    /// <summary>The disks of a world's actor system.</summary>
    public static JournalDisks Of(ActorSystem system) => system.WithExtension<JournalDisks, JournalDisksProvider>();

    public void Attach(Life life, SimulatedDisk disk) => _disks[life] = disk;

    public SimulatedDisk Of(Life life) => _disks[life];
}

/// <summary>Makes the disks of an actor system when they are first asked for.</summary>
internal sealed class JournalDisksProvider : ExtensionIdProvider<JournalDisks>
{
    public override JournalDisks CreateExtension(ExtendedActorSystem system) => new();
}
