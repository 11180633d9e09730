using System.Runtime.InteropServices;
using Akka.Configuration;
using Raft.Actors.Settings;
using Raft.Host.Hosting;
using Raft.Host.Running;

namespace Raft.Host.CommandLine;

/// <summary>Runs servers until a signal stops them.</summary>
internal static class HostCommand
{
    private static readonly TimeSpan LeaderPollInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeaderPatience = TimeSpan.FromSeconds(30);

    /// <summary>Runs one server, configured by files and the environment.</summary>
    public static Task<int> RunNodeAsync(CommandLineArguments.Node node, IReadOnlyDictionary<string, string> environment) =>
        GuardAsync(async () =>
        {
            foreach (var unknown in EnvironmentOverrides.Unknown(environment))
            {
                await Console.Error.WriteLineAsync(
                    $"the environment variable {unknown} is unknown and ignored (--help lists those that are known)");
            }

            var config = NodeConfiguration.WithFiles(NodeConfiguration.Defaults(), node.Files);
            var configuration = NodeConfiguration.Create(
                WithOption(EnvironmentOverrides.Apply(config, environment), node.IsInsecure));
            await RequireProtectionAsync([configuration]);
            return await RunAsync([configuration], welcome: null);
        });

    /// <summary>Runs a whole group in this process.</summary>
    public static Task<int> RunDevelopmentAsync(CommandLineArguments.Development development) =>
        GuardAsync(async () =>
        {
            var below = NodeConfiguration.Development().WithFallback(NodeConfiguration.Defaults());
            var config = WithOption(NodeConfiguration.WithFiles(below, development.Files), development.IsInsecure);
            var configurations = DevelopmentCluster.Configurations(config);
            await RequireProtectionAsync(configurations);
            RunningNode.RequireFreePorts(configurations);
            Console.WriteLine(DevelopmentCluster.Starting(configurations));
            return await RunAsync(configurations, DevelopmentCluster.Welcome(configurations));
        });

    private static Config WithOption(Config config, bool isInsecure) =>
        isInsecure ? ConfigurationFactory.ParseString("host.insecure = on").WithFallback(config) : config;

    private static async Task RequireProtectionAsync(IReadOnlyList<NodeConfiguration> configurations)
    {
        if (Exposure.Require(configurations) is { } warning)
        {
            await Console.Error.WriteLineAsync(warning);
        }
    }

    /// <summary>Reports a mistake from outside as one line on standard error, never as a stack trace.</summary>
    private static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception wrong) when (wrong is RaftConfigurationException or HostStartException)
        {
            await Console.Error.WriteLineAsync(OneLine.Of(wrong.Message));
            return ExitCode.Failure;
        }
    }

    private static async Task<int> RunAsync(IReadOnlyList<NodeConfiguration> configurations, string? welcome)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => StopOn(signal, stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => StopOn(signal, stop));
        var nodes = new List<RunningNode>();
        try
        {
            foreach (var configuration in configurations)
            {
                nodes.Add(await RunningNode.StartAsync(configuration));
            }

            var end = Task.WhenAny(nodes.Select(static node => node.Ended).Prepend(stop.Task));
            await AnnounceAsync(nodes, welcome, end);
            if (await end == stop.Task)
            {
                return ExitCode.Success;
            }

            await Console.Error.WriteLineAsync(nodes.First(static node => node.Ended.IsCompleted).WhyEnded);
            return ExitCode.Failure;
        }
        finally
        {
            await Task.WhenAll(nodes.Select(static node => node.StopAsync()));
        }
    }

    private static void StopOn(PosixSignalContext signal, TaskCompletionSource stop)
    {
        // The first signal stops the servers in good order. The second keeps its default effect and ends the process.
        signal.Cancel = stop.TrySetResult();
    }

    /// <summary>Says what runs where, once every server knows a leader.</summary>
    private static async Task AnnounceAsync(List<RunningNode> nodes, string? welcome, Task end)
    {
        var patience = Task.Delay(LeaderPatience);
        while (!end.IsCompleted && !await AllKnowLeaderAsync(nodes))
        {
            if (patience.IsCompleted)
            {
                await Console.Error.WriteLineAsync(
                    $"there is no leader after {LeaderPatience.TotalSeconds:0} s; "
                    + "is a majority of the servers running? Still waiting.");
                patience = Task.Delay(Timeout.InfiniteTimeSpan);
            }

            await Task.WhenAny(end, Task.Delay(LeaderPollInterval));
        }

        if (!end.IsCompleted)
        {
            foreach (var node in nodes)
            {
                Console.WriteLine(node.Description);
            }

            if (welcome is not null)
            {
                Console.WriteLine(welcome);
            }
        }
    }

    private static async Task<bool> AllKnowLeaderAsync(List<RunningNode> nodes)
    {
        foreach (var node in nodes)
        {
            if (!await node.KnowsLeaderAsync())
            {
                return false;
            }
        }

        return true;
    }
}
