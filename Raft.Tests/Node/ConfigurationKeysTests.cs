using Akka.Configuration;
using Akka.TestKit.Xunit2;
using Raft.Actors.Hosting;
using Raft.Actors.Settings;
using Xunit;

namespace Raft.Tests.Node;

/// <summary>A key that no setting has is found, and named with what was probably meant.</summary>
public sealed class ConfigurationKeysTests
{
    [Theory]
    [InlineData("raft.hartbeat-timeout = 1s", "raft.hartbeat-timeout", "raft.heartbeat-timeout")]
    [InlineData("raft { storage { direktory = x } }", "raft.storage.direktory", "raft.storage.directory")]
    [InlineData("raft.max-command-bytes = 1MiB", "raft.max-command-bytes", "raft.intake.max-command-bytes")]
    [InlineData("raft.snapshot.interval = 1s", "raft.snapshot", "raft.snapshots")]
    [InlineData("raft.serverid = n1", "raft.serverid", "raft.server-id")]
    [InlineData("raft.snapshots = off", "raft.snapshots", "raft.snapshots")]
    [InlineData("raft.servers = [ { id = n1, adress = a }, { id = n2 } ]", "raft.servers[0].adress", "raft.servers[0].address")]
    [InlineData("raft.servers = [ { id = n1 }, { id = n2, sufrage = nonvoter } ]", "raft.servers[1].sufrage", "raft.servers[1].suffrage")]
    public void A_misspelt_key_is_found_with_the_nearest(string hocon, string key, string nearest)
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(RaftSettings.DefaultConfig());
        Assert.Equal(new UnknownKey(key, nearest), Assert.Single(ConfigurationKeys.UnknownIn(config)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("akka.whatever = 1")]
    [InlineData("raft { heartbeat-timeout = 2s, node-dispatcher.dedicated-threads.count = 3, intake-mailbox.own = 1 }")]
    [InlineData("raft.my-dispatcher { type = Dispatcher, throughput = 3 }\nraft.dispatcher = \"raft.my-dispatcher\"")]
    [InlineData("""raft.servers = [ { id = n1, address = "akka.tcp://raft@n1:1", suffrage = nonvoter } ]""")]
    [InlineData("raft { servers = [], snapshots {} }")]
    public void A_known_key_or_one_of_the_users_own_is_accepted(string hocon) =>
        Assert.Empty(ConfigurationKeys.UnknownIn(ConfigurationFactory.ParseString(hocon).WithFallback(RaftSettings.DefaultConfig())));
}

/// <summary>In an application's own actor system it is a warning: there the keys may be for something else.</summary>
public sealed class UnknownKeyWarningTests() : TestKit("raft.hartbeat-timeout = 1s")
{
    [Fact]
    public void An_unknown_key_is_warned_of_when_the_library_starts() =>
        EventFilter.Warning(contains: "raft.hartbeat-timeout is no setting; the nearest is raft.heartbeat-timeout").ExpectOne(() => RaftExtension.Get(Sys));
}
