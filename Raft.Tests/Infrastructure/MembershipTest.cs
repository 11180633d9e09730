using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Infrastructure;

/// <summary>A <see cref="ClusterTest"/> whose servers come and go: what its tests say in one line each.</summary>
public abstract class MembershipTest(ITestOutputHelper output) : ClusterTest(output)
{
    protected static string AddressOf(int number) => $"akka.test://raft@n{number}:1";

    /// <summary>Starts a server that knows of no group: it waits to be added.</summary>
    protected TestServer StartEmpty(int number) =>
        StartServer(SettingsOf(number, 1) with { InitialConfiguration = Configuration.Empty });

    /// <summary>
    /// Starts a group of one server that others are to join: it is told to begin, and its settings name nobody.
    /// </summary>
    protected async Task<TestServer> StartFirst()
    {
        var first = StartEmpty(1);
        await Eventually(
            async () => Assert.IsType<ConfigurationChanged>(await Ask<object>(first, new Bootstrap(ConfigurationOf(1)))));
        return first;
    }

    /// <summary>Asks whoever leads, and again where nobody does or it is too early, until the change is made.</summary>
    protected async Task<ConfigurationChanged> Change(MembershipRequest request)
    {
        ConfigurationChanged? changed = null;
        await Eventually(async () =>
        {
            foreach (var server in Servers)
            {
                if (await Ask<object>(server, request) is ConfigurationChanged done)
                {
                    changed = done;
                }
            }

            Assert.NotNull(changed);
        });
        return changed!;
    }

    protected Task<ConfigurationInfo> ConfigurationAt(TestServer server) =>
        Ask<ConfigurationInfo>(server, new GetConfiguration());

    /// <summary>
    /// Waits until these servers know the same committed configuration, with these members; "n4?" does not vote.
    /// </summary>
    protected Task EveryoneKnows(string members, params TestServer[] servers) => Eventually(async () =>
    {
        foreach (var server in servers.Length == 0 ? [.. Servers] : servers)
        {
            var known = await ConfigurationAt(server);
            Assert.Equal(
                members,
                string.Join(
                    ' ',
                    known.Configuration.Servers.Select(
                        static member => member.Id + (member.Suffrage == Suffrage.Nonvoter ? "?" : string.Empty))));
            Assert.True(known.IsCommitted);
        }
    });

    protected static string ReasonOf(object answer) => Assert.IsType<ConfigurationRefused>(answer).Reason;

    protected TestServer Other(params TestServer[] than) => Servers.First(server => !than.Contains(server));
}
