using System.Net;
using Raft.Host.Hosting;

namespace Raft.Host.CommandLine;

/// <summary>Asks a server whether it is ready, for containers whose image has no curl.</summary>
internal static class HealthCheckCommand
{
    private const string ReadyPath = "/health/ready";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public static async Task<int> RunAsync(Uri? url, IReadOnlyDictionary<string, string> environment, TextWriter error)
    {
        var target = Target(url, environment);
        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var response = await client.GetAsync(target);
            if (response.IsSuccessStatusCode)
            {
                return ExitCode.Success;
            }

            var body = await response.Content.ReadAsStringAsync();
            await error.WriteLineAsync(OneLine.Of($"{target} answers {(int)response.StatusCode}: {body}"));
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await error.WriteLineAsync(OneLine.Of($"{target} does not answer: {failure.Message}"));
        }

        return ExitCode.Failure;
    }

    /// <summary>The URL to ask, completed by the path. Without a URL: the server that the same environment starts.</summary>
    internal static Uri Target(Uri? url, IReadOnlyDictionary<string, string> environment)
    {
        if (url is not null)
        {
            return url.AbsolutePath == "/" ? new Uri(url, ReadyPath) : url;
        }

        var config = EnvironmentOverrides.Apply(NodeConfiguration.Defaults(), environment);
        var endpoint = HttpEndpoint.TryParse(config.GetString("host.http-url"), out var configured)
            ? configured
            : new HttpEndpoint(null, 8080);
        var isEverywhere = endpoint.Address is null
            || endpoint.Address.Equals(IPAddress.Any)
            || endpoint.Address.Equals(IPAddress.IPv6Any);
        var reachable = isEverywhere ? endpoint with { Address = IPAddress.Loopback } : endpoint;
        return new Uri(new Uri(reachable.ToString()), ReadyPath);
    }
}
