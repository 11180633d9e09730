using System.Globalization;
using System.Reflection;
using System.Text;
using Raft.Host.Hosting;

namespace Raft.Host.CommandLine;

/// <summary>What the host says about itself.</summary>
internal static class Usage
{
    public const string Short = "usage: Raft.Host [dev [--config FILE]... | node [--config FILE]... | healthcheck [URL] | --version | --help]";

    /// <summary>The version, without the commit behind it.</summary>
    public static string Version =>
        typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static string Long()
    {
        var text = new StringBuilder(Short).Append("""


            A key-value store that is replicated by Raft over Akka.NET and served over HTTP.

              (nothing), dev      three servers in this process, HTTP at 127.0.0.1:8080, 8081 and 8082, data below ./data
              node                one server
              healthcheck [URL]   exits with 0 if the server at URL (http://127.0.0.1:8080) is ready, else with 1
              --config FILE       a HOCON file; may be given several times, the later one wins

            HTTP: PUT, GET and DELETE /kv/{key}, GET /kv?prefix=, GET /status, /health/live, /health/ready
            Exit codes: 0 stopped as asked, 1 could not start or failed, 2 the command line makes no sense

            Environment variables, which win over the files (node only):

            """);
        foreach (var variable in EnvironmentOverrides.Table)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {variable.Name,-31} {variable.Help}").Append('\n')
                .Append(' ', 34).Append(CultureInfo.InvariantCulture, $"= {variable.Setting}").Append('\n');
        }

        return text.ToString();
    }
}
