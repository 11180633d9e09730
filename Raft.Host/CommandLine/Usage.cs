using System.Globalization;
using System.Reflection;
using System.Text;
using Raft.Host.Hosting;

namespace Raft.Host.CommandLine;

/// <summary>The host's help texts and version.</summary>
internal static class Usage
{
    public const string Short =
        "usage: Raft.Host [dev [OPTION]... | node [OPTION]... | healthcheck [URL] | member [WORD]... | "
        + "snapshot export|import FILE | entry skip INDEX TERM | inspect [OPTION]... | recover [OPTION]... | "
        + "readmit [--yes] | certificates --out DIR [OPTION]... | --version | --help]";

    /// <summary>The version, without the commit that follows it.</summary>
    public static string Version =>
        typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    public static string Long()
    {
        var text = new StringBuilder(Short).Append("""


            A key-value store that is replicated by Raft over Akka.NET and served over HTTP.

              (nothing), dev      three servers in this process, HTTP at 127.0.0.1:8080, 8081 and 8082, data below ./data
              node                one server
              healthcheck [URL]   exits with 0 if the server at URL (http://127.0.0.1:8080) is ready, otherwise with 1
              member              shows or changes the members of a running group, at --url (http://127.0.0.1:8080):
                                    list, add ID HOST:PORT [--nonvoter], remove ID, demote ID, promote ID, transfer [ID]
                                    --previous INDEX   only if the configuration of that index is in force
                                    --force            even if nobody answers at the address, or if the remaining
                                                       servers could commit nothing
              snapshot            copies the state of a running group, at --url (http://127.0.0.1:8080):
                                    export FILE        writes the state to a file
                                    import FILE [--from GROUP] [--yes]
                                                       replaces the group's state by the file's; without --yes it only
                                                       says what it would do
              entry               skip INDEX TERM has the group skip a command at which every state machine throws,
                                  at --url (http://127.0.0.1:8080); /status names the command
              inspect             prints term, vote, configuration and log of a stopped server's journal:
                                    --from INDEX, --to INDEX, --last COUNT, --json
              recover             gives a stopped server another configuration when a majority was lost for good:
                                    --servers n1@host:port,... or --peers FILE
                                    --yes              do it; without it, only say what it would do
              readmit [--yes]     readmits a stopped server that has found the group's safety broken
              certificates        makes the group's authority and a certificate for each server and client; run again,
                                  it makes only what is missing:
                                    --out DIR, --servers n1=HOST,n2=HOST+ADDRESS,..., --clients app=HOST,...
                                    --group kv, --days 365
                                    --authority DIR    keeps the authority's key in another directory
                                    --renew            replaces the certificates that you name
              --config FILE       a HOCON file; you may give several, and a later one wins
              --insecure          dev and node: allows listening beyond this machine without TLS. Everyone who reaches
                                  the ports can then read and change all data (host.insecure = on)

            HTTP: PUT, GET and DELETE /kv/{key}, GET /kv?prefix=, /members, /snapshots/latest, /status, /health/live,
                  /health/ready
            Exit codes: 0 stopped as asked, 1 could not start or failed, 2 the command line makes no sense

            Environment variables, which win over the files (not for dev):

            """);
        foreach (var variable in EnvironmentOverrides.Table)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {variable.Name,-31} {variable.Help}").Append('\n')
                .Append(' ', 34).Append(CultureInfo.InvariantCulture, $"= {variable.Setting}").Append('\n');
        }

        return text.ToString();
    }
}
