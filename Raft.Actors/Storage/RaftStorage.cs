using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql.Config;
using Raft.Actors.Model;
using Raft.Actors.Settings;

namespace Raft.Actors.Storage;

/// <summary>
/// The storage of a process's Raft groups: it makes and checks the files or tables, keeps every other process off them,
/// and gives an actor system a journal plugin and a snapshot store plugin per group. Opened before the actor system
/// starts and released when it has terminated:
/// <code> var storage = RaftStorage.Open(config); var system = ActorSystem.Create("raft",
/// storage.Apply(BootstrapSetup.Create().WithConfig(config))); storage.ReleaseWith(system);
/// </code>
/// With Akka.Hosting: <c>builder.AddHocon(storage.Config, HoconAddMode.Prepend).AddSetup(storage.Setup)</c>.
/// </summary>
public sealed class RaftStorage : IDisposable
{
    private readonly IReadOnlyList<GroupStorage> _groups;

    private RaftStorage(IReadOnlyList<GroupStorage> groups)
    {
        _groups = groups;
        var setup = new MultiDataOptionsSetup();
        AddTo(setup);
        Setup = setup;
        Config = groups.Select(group => group.Config()).Aggregate((all, next) => all.WithFallback(next));
    }

    /// <summary>
    /// The plugins' configuration: what <see cref="JournalPlugin"/> and <see cref="SnapshotPlugin"/> name. It holds no secret.
    /// </summary>
    public Config Config { get; }

    /// <summary>How the plugins reach their databases; the actor system must be created with it.</summary>
    public MultiDataOptionsSetup Setup { get; }

    /// <summary>The id of a group's journal plugin, for <c>raft.journal.plugin</c>.</summary>
    /// <param name="group">The group's name.</param>
    public static string JournalPlugin(string group) => PluginId(group, "journal");

    /// <summary>The id of a group's snapshot store plugin.</summary>
    /// <param name="group">The group's name.</param>
    public static string SnapshotPlugin(string group) => PluginId(group, "snapshots");

    /// <summary>
    /// Opens the storage of the server <c>raft.server-id</c> of the group <c>raft.group</c>, as <c>raft.storage</c> says.
    /// </summary>
    /// <param name="config">A configuration with the section <c>raft</c>; reference.conf is behind it.</param>
    /// <inheritdoc cref="Open(RaftStorageSettings, ServerId, IEnumerable{string})" path="/exception"/>
    public static RaftStorage Open(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var raft = config.WithFallback(RaftSettings.DefaultConfig()).GetConfig("raft");
        var server = raft.GetString("server-id") ?? string.Empty;
        RaftSettings.Check(
            ServerId.IsValid(server), "raft.server-id", server,
            $"give each server of the group an id of its own, 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -");
        return Open(RaftStorageSettings.Create(config), new ServerId(server), raft.GetString("group") ?? string.Empty);
    }

    /// <summary>Opens the storage of one server of one or several groups. Blocks until the database has answered.</summary>
    /// <param name="settings">Where it is.</param>
    /// <param name="server">The server's id, the same in each of the groups.</param>
    /// <param name="groups">The groups' names, at least one.</param>
    /// <exception cref="RaftConfigurationException">
    /// A setting is wrong, or what it names cannot be reached, cannot be written, or would not keep what was written
    /// through a power failure.
    /// </exception>
    /// <exception cref="JournalInUseException">The server runs already, in another process or in this one.</exception>
    public static RaftStorage Open(RaftStorageSettings settings, ServerId server, params IEnumerable<string> groups)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(groups);
        settings.Validate();
        RaftSettings.Check(!server.IsNone, "raft.server-id", string.Empty, "give each server an id of its own");
        var opened = new List<GroupStorage>();
        try
        {
            foreach (var group in groups.Distinct(StringComparer.Ordinal))
            {
                RaftSettings.Check(
                    ServerId.IsValid(group), "raft.group", group,
                    $"use 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -");
                opened.Add(settings.Provider == StorageProvider.Sqlite
                    ? SqliteGroupStorage.Open(settings, group, server)
                    : PostgresGroupStorage.Open(settings, group, server));
            }

            return opened.Count > 0
                ? new RaftStorage(opened)
                : throw new ArgumentException("Name at least one group.", nameof(groups));
        }
        catch
        {
            opened.ForEach(group => group.Dispose());
            throw;
        }
    }

    /// <summary>Opens the storage of a server that was stopped, and makes nothing that is not there.</summary>
    internal static RaftStorage OpenExisting(
        RaftStorageSettings settings, ServerId server, string group, bool isReadOnly, out GroupStorage opened)
    {
        settings.Validate();
        RaftSettings.Check(!server.IsNone, "raft.server-id", string.Empty, "name the server");
        RaftSettings.Check(
            ServerId.IsValid(group), "raft.group", group, $"use 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -");
        opened = settings.Provider == StorageProvider.Sqlite
            ? SqliteGroupStorage.OpenExisting(settings, group, server, isReadOnly)
            : PostgresGroupStorage.OpenExisting(settings, group, server);
        return new RaftStorage([opened]);
    }

    /// <summary>
    /// Adds the plugins to an actor system's setup: <see cref="Config"/> goes in front of its configuration (that of the
    /// application where it has none), and <see cref="Setup"/> joins what the application has set up of the kind.
    /// </summary>
    public ActorSystemSetup Apply(ActorSystemSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        var bootstrap = setup.Get<BootstrapSetup>().GetOrElse(BootstrapSetup.Create());
        var options = setup.Get<MultiDataOptionsSetup>().GetOrElse(new MultiDataOptionsSetup());
        AddTo(options);
        return setup
            .WithSetup(bootstrap.WithConfig(Config.WithFallback(bootstrap.Config.GetOrElse(ConfigurationFactory.Load()))))
            .WithSetup(options);
    }

    /// <inheritdoc cref="Apply(ActorSystemSetup)"/>
    public ActorSystemSetup Apply(BootstrapSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return Apply(ActorSystemSetup.Create(setup));
    }

    /// <summary>Releases the storage when an actor system has terminated.</summary>
    public void ReleaseWith(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        _ = system.WhenTerminated.ContinueWith(
            _ => Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>
    /// Lets other processes have the storage; to be called when the actor system has terminated. Calling it again does nothing.
    /// </summary>
    public void Dispose()
    {
        foreach (var group in _groups)
        {
            group.Dispose();
        }
    }

    // A dot in a group's name would open a level of its own in the configuration, where it could meet another group's
    // settings; no group name has a tilde.
    internal static string PluginId(string group, string kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        return $"raft-storage.{group.Replace('.', '~')}.{kind}";
    }

    private void AddTo(MultiDataOptionsSetup setup)
    {
        foreach (var group in _groups)
        {
            setup.AddDataOptions(JournalPlugin(group.Group), group.JournalOptions);
            setup.AddDataOptions(SnapshotPlugin(group.Group), group.SnapshotOptions);
        }
    }
}
