using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;

namespace Raft.Simulation.World;

/// <summary>Makes the world's dispatcher, for whatever id Akka asks for one.</summary>
internal sealed class SimulatedDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SimulatedDispatcher _dispatcher;

    public SimulatedDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites) =>
        _dispatcher = new SimulatedDispatcher(
            this, prerequisites.Settings.Setup.Get<WorldSetup>().Value.World, config.GetString("id"));

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>Gives mailboxes to the world, which picks whose turn it is, one message at a time.</summary>
internal sealed class SimulatedDispatcher : MessageDispatcher
{
    private readonly SimulatedWorld _world;
    private readonly Dictionary<Mailbox, Owner> _owners = [];
    private long _tasks;

    public SimulatedDispatcher(MessageDispatcherConfigurator configurator, SimulatedWorld world, string id)
        : base(configurator)
    {
        _world = world;
        Id = id;

        // Throughput = 1 alone lets two messages through; a deadline that has passed already leaves one.
        Throughput = 1;
        ThroughputDeadlineTime = 0;
        ShutdownTimeout = TimeSpan.FromDays(1);
    }

    public override void Attach(ActorCell cell)
    {
        Note(cell);
        base.Attach(cell);
    }

    public override void Detach(ActorCell cell)
    {
        if (cell.Mailbox is { } mailbox)
        {
            _owners.Remove(mailbox);
        }

        base.Detach(cell);
    }

    public override void Dispatch(ActorCell cell, Envelope envelope)
    {
        Note(cell);
        base.Dispatch(cell, envelope);
    }

    public override void SystemDispatch(ActorCell cell, SystemMessage message)
    {
        Note(cell);
        base.SystemDispatch(cell, message);
    }

    // It must not throw: Akka swallows that, and the mailbox hangs.
    protected override void ExecuteTask(IRunnable run)
    {
        if (run is Mailbox mailbox && _owners.TryGetValue(mailbox, out var owner))
        {
            _world.MakeReady(owner.Life, owner.Path, owner.Key, run);
        }
        else
        {
            var life = _world.Running ?? _world.Outside;
            _world.MakeReady(life, Id, Digest.Mix(life.Key, (ulong)_tasks++), run);
        }
    }

    protected override void Shutdown()
    {
    }

    /// <summary>Remembers whose mailbox it is, whenever its cell is seen: the root guardian is never attached.</summary>
    private void Note(ActorCell cell)
    {
        if (cell.Mailbox is { } mailbox && !_owners.ContainsKey(mailbox))
        {
            // Akka numbers this actor of its own through the whole process.
            var path = cell.Self.Path.ToStringWithoutAddress();
            path = path.StartsWith("/system/EventStreamUnsubscriber-", StringComparison.Ordinal)
                ? "/system/EventStreamUnsubscriber"
                : path;
            _owners[mailbox] = new Owner(_world.LifeOf(cell.Self.Path), path, Digest.Of(path));
        }
    }

    private sealed record Owner(Life Life, string Path, ulong Key);
}
