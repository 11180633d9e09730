using Akka.Configuration;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Actors.Storage;
using Raft.Host.Hosting;

namespace Raft.Host.CommandLine;

/// <summary>
/// Shared by the commands for a stopped server: finds its journal by the files and variables that the server starts from.
/// </summary>
internal static class StoppedServerCommand
{
    /// <summary>The configuration that <c>node</c> would start from.</summary>
    /// <exception cref="RaftConfigurationException">A file or a variable is malformed.</exception>
    public static Config Configuration(IReadOnlyList<string> files, IReadOnlyDictionary<string, string> environment) =>
        EnvironmentOverrides.Apply(NodeConfiguration.WithFiles(NodeConfiguration.Defaults(), files), environment)
            .WithFallback(RaftSettings.DefaultConfig());

    /// <summary>Opens the journal that a configuration names.</summary>
    /// <exception cref="JournalInUseException">The server runs.</exception>
    /// <exception cref="RaftConfigurationException">There is no such journal, or the configuration is wrong.</exception>
    public static StoppedServer Open(Config config) =>
        StoppedServer.Open(RaftStorageSettings.Create(config), Server(config), Group(config));

    /// <summary>Opens the journal only to read it, and writes nothing to its directory.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static StoppedServer OpenReadOnly(Config config) =>
        StoppedServer.OpenReadOnly(RaftStorageSettings.Create(config), Server(config), Group(config));

    private static string Group(Config config) => config.GetString("raft.group", string.Empty);

    private static ServerId Server(Config config)
    {
        var server = config.GetString("raft.server-id", string.Empty);
        return ServerId.IsValid(server)
            ? new ServerId(server)
            : throw new RaftConfigurationException(
                $"raft.server-id = '{server}': name the server whose journal you mean (RAFT_SERVER_ID)");
    }

    /// <summary>Runs a command, and reports a mistake from outside as one line.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> run, TextWriter error)
    {
        try
        {
            return await run();
        }
        catch (Exception wrong) when (wrong is RaftConfigurationException or JournalInUseException or RecoveryRefusedException)
        {
            await error.WriteLineAsync(OneLine.Of(wrong.Message));
            return ExitCode.Failure;
        }
    }
}
