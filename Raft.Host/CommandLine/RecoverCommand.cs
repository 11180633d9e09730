using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Raft.Host.Hosting;

namespace Raft.Host.CommandLine;

/// <summary>Gives a stopped server another configuration, after a majority of the voters was lost for good.</summary>
internal static class RecoverCommand
{
    private const string Warning = """
        This makes the log of this one server the group's log, because nobody can ask the lost servers any more:
          - Entries of this log that were never committed will be. Entries that are not in it are lost, even acknowledged
            ones.
          - Run it on exactly one server: of those that are left, the one whose log ends with the highest term and, among
            these, the highest index (inspect --last 1). Start the others that are left again, as they are.
          - List only servers that still have their data: an empty one cannot vote before it has a leader. Add those
            afterwards.
          - The lost servers must never come back with the data that they had.
        """;

    public static Task<int> RunAsync(
        CommandLineArguments.Recover arguments,
        IReadOnlyDictionary<string, string> environment,
        TextWriter output,
        TextWriter error) =>
        StoppedServerCommand.GuardAsync(
            async () =>
            {
                var config = StoppedServerCommand.Configuration(arguments.Files, environment);
                var next = arguments.PeersFile is { } file ? FromFile(file) : FromList(arguments.Servers!, config);
                using var server = StoppedServerCommand.Open(config);
                var report = server.Read();
                var plan = RecoveryPlan.Make(server.Server, report, next);
                await output.WriteLineAsync(Text(server, report, plan));
                if (!arguments.IsConfirmed)
                {
                    await output.WriteLineAsync(Warning);
                    await error.WriteLineAsync("nothing was changed; add --yes to do it");
                    return ExitCode.Failure;
                }

                await server.RecoverAsync(plan, TimeProvider.System);
                await output.WriteLineAsync($"done; you may start {server.Server} now");
                return ExitCode.Success;
            },
            error);

    /// <summary>
    /// Reads servers from a file: <c>[{ "id": "n1", "address": "akka.tcp://raft@host:port", "suffrage": "voter" }, …]</c>.
    /// </summary>
    /// <exception cref="RaftConfigurationException">The file cannot be read or has another form.</exception>
    internal static Configuration FromFile(string file)
    {
        try
        {
            var servers = JsonSerializer.Deserialize<List<PeerLine>>(File.ReadAllText(file), JsonSerializerOptions.Web) ?? [];
            return new Configuration([.. servers.Select(static server => new Server(
                new ServerId(server.Id),
                Address.TryParse(server.Address, out var address) && address.Host is not null && address.Port is not null
                    ? server.Address
                    : throw new ArgumentException($"'{server.Address}' is not an address such as akka.tcp://raft@10.0.0.1:4053"),
                server.Suffrage switch
                {
                    null or "voter" => Suffrage.Voter,
                    "nonvoter" => Suffrage.Nonvoter,
                    var other => throw new ArgumentException($"the suffrage '{other}' is unknown, use voter or nonvoter"),
                }))]);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new RaftConfigurationException($"the file '{file}': {wrong.Message}", wrong);
        }
    }

    /// <summary>Reads servers from a list, <c>n1@host:port,…</c>, in the form of RAFT_SERVERS.</summary>
    private static Configuration FromList(string servers, Config config)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["RAFT_SERVERS"] = servers };
        return RaftSettings.Create(EnvironmentOverrides.Apply(config, variables)).InitialConfiguration;
    }

    private static string Text(StoppedServer server, JournalReport report, RecoveryPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        server   {server.Server} of group {server.Group}, {server.Place}
        log      ends with entry {report.LastIndex} of term {report.LastTerm}
        before   {plan.Before.Configuration} (entry {plan.Before.Index})
        after    {plan.Next} (entry {plan.Index})
        term     {plan.TermBefore}, then {plan.Term}
        """);

    private sealed record PeerLine(string Id, string Address, string? Suffrage);
}
