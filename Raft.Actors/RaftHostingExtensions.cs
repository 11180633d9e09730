using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Raft.Actors.Client;
using Raft.Actors.Hosting;
using Raft.Actors.Node;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Actors.Storage;
using Raft.Actors.Watching;

namespace Raft.Actors;

/// <summary>Raft groups in a host that uses Akka.Hosting (worker services, ASP.NET).</summary>
public static class RaftHostingExtensions
{
    /// <summary>
    /// Opens the storage that a configuration's section <c>raft</c> names, starts this server of the group, and a
    /// <see cref="RaftClient"/> of it. Akka.Remote gets the settings of <see cref="RaftRemoting.Defaults"/>, unless the
    /// configuration says otherwise. Blocks until the storage is open.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="config">The configuration; it takes precedence over the actor system's.</param>
    /// <param name="stateMachine">Makes a state machine without any state; called again after each restart of the node.</param>
    /// <param name="changes">The feed of the state machine's changes, for watchers; null: changes cannot be watched.</param>
    /// <exception cref="RaftConfigurationException">
    /// The settings do not fit together, or the storage cannot be opened.
    /// </exception>
    public static AkkaConfigurationBuilder WithRaft(
        this AkkaConfigurationBuilder builder, Config config, Func<IStateMachine> stateMachine, ChangeFeed? changes = null)
    {
        var settings = RaftSettings.Create(config);
        var storage = RaftStorage.Open(config);
        builder.AddHocon(storage.Config.WithFallback(config), HoconAddMode.Prepend);
        builder.AddHocon(RaftRemoting.Defaults, HoconAddMode.Append);
        builder.AddSetup(storage.Setup);
        builder.WithActors((system, registry) =>
        {
            storage.ReleaseWith(system);
            registry.Register<RaftNode>(RaftExtension.Get(system).Start(settings, stateMachine, changes));
        });
        return builder.WithActors((system, registry) =>
        {
            // Itself first, which needs no connection: it knows who leads.
            var own = ((ExtendedActorSystem)system).Provider.DefaultAddress.ToString();
            var contacts = settings.InitialConfiguration.Servers.Select(static server => server.Address).Prepend(own).Distinct();
            var client = new RaftClientSettings { Group = settings.Group, Contacts = [.. contacts] };
            registry.Register<RaftClient>(RaftClient.Start(system, client).Actor);
        });
    }

    /// <summary>
    /// Starts a client of a group, <see cref="IRequiredActor{TActor}"/> of <see cref="RaftClient"/>, in a system that need not
    /// be of the group.
    /// </summary>
    /// <param name="builder">The builder of the actor system.</param>
    /// <param name="settings">Where the group is.</param>
    public static AkkaConfigurationBuilder WithRaftClient(this AkkaConfigurationBuilder builder, RaftClientSettings settings)
    {
        settings.Validate();
        builder.AddHocon(RaftRemoting.Defaults, HoconAddMode.Append);
        return builder.WithActors((system, registry) => registry.Register<RaftClient>(RaftClient.Start(system, settings).Actor));
    }

    /// <summary>
    /// Lets <see cref="RaftClient"/> and <see cref="IRaftGroup{TCommand, TResult}"/> be injected, for the client that the actor
    /// system starts.
    /// </summary>
    public static IServiceCollection AddRaftClient(this IServiceCollection services)
    {
        services.AddSingleton(static provider =>
            new RaftClient(provider.GetRequiredService<IRequiredActor<RaftClient>>().ActorRef));
        return services.AddSingleton(typeof(IRaftGroup<,>), typeof(RaftGroup<,>));
    }
}
