using Akka.Configuration;
using Raft.Actors.Model;
using Raft.Actors.Settings;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

/// <summary>The rules that settings obey: each refusal names the setting and its value.</summary>
public sealed class RaftSettingsTests
{
    private static readonly RaftSettings Valid = new() { Group = "test", ServerId = Server1 };

    public static TheoryData<string, string, RaftSettings> Invalid => new()
    {
        { "raft.group", "a/b", Valid with { Group = "a/b" } },
        { "raft.group", "", Valid with { Group = "" } },
        { "raft.server-id", "", Valid with { ServerId = default } },
        { "raft.heartbeat-timeout", "0 ms", Valid with { HeartbeatTimeout = default } },
        { "raft.heartbeat-timeout", "9 ms", Valid with { HeartbeatTimeout = Milliseconds(9), LeaderLeaseTimeout = Milliseconds(9) } },
        { "raft.election-timeout", "0 ms", Valid with { ElectionTimeout = default } },
        { "raft.election-timeout", "999 ms", Valid with { ElectionTimeout = Milliseconds(999) } },
        { "raft.leader-lease-timeout", "0 ms", Valid with { LeaderLeaseTimeout = default } },
        { "raft.leader-lease-timeout", "1001 ms", Valid with { LeaderLeaseTimeout = Milliseconds(1001) } },
        { "raft.leader-lease-timeout", "199 ms", Valid with { LeaderLeaseTimeout = Milliseconds(199) } },
        { "raft.commit-timeout", "0 ms", Valid with { CommitTimeout = default } },
        { "raft.restart.min-backoff", "0 ms", Valid with { RestartMinBackoff = default } },
        { "raft.restart.max-backoff", "1 ms", Valid with { RestartMaxBackoff = Milliseconds(1) } },
        { "raft.state-machine.max-batch-size", "0", Valid with { StateMachineMaxBatchSize = 0 } },
        { "raft.replication.max-entries-per-message", "0", Valid with { Replication = new() { MaxEntriesPerMessage = 0 } } },
        { "raft.replication.max-bytes-per-message", "-1", Valid with { Replication = new() { MaxBytesPerMessage = -1 } } },
        { "raft.replication.max-messages-in-flight", "0", Valid with { Replication = new() { MaxMessagesInFlight = 0 } } },
        { "raft.replication.response-timeout", "0 ms", Valid with { Replication = new() { ResponseTimeout = default } } },
        { "raft.replication.min-backoff", "0 ms", Valid with { Replication = new() { MinBackoff = default } } },
        { "raft.replication.max-backoff", "1 ms", Valid with { Replication = new() { MaxBackoff = Milliseconds(1) } } },
        { "raft.intake.max-commands-in-flight", "0", Valid with { Intake = new() { MaxCommandsInFlight = 0 } } },
        { "raft.intake.max-command-bytes", "0", Valid with { Intake = new() { MaxCommandBytes = 0 } } },
        { "raft.intake.max-bytes-in-flight", "5", Valid with { Intake = new() { MaxBytesInFlight = 5 } } },
        { "raft.intake.max-commands-waiting", "-1", Valid with { Intake = new() { MaxCommandsWaiting = -1 } } },
        { "raft.intake.enqueue-timeout", "-1 ms", Valid with { Intake = new() { EnqueueTimeout = Milliseconds(-1) } } },
        { "raft.intake.max-reads-waiting", "0", Valid with { Intake = new() { MaxReadsWaiting = 0 } } },
        { "raft.journal.max-entries-per-event", "0", Valid with { Journal = new() { MaxEntriesPerEvent = 0 } } },
        { "raft.journal.max-bytes-per-event", "0", Valid with { Journal = new() { MaxBytesPerEvent = 0 } } },
        { "raft.journal.stall-timeout", "0 ms", Valid with { Journal = new() { StallTimeout = default } } },
    };

    public static TheoryData<string, string, string> Unreadable => new()
    {
        { "raft.server-id", "a b", "raft.server-id = \"a b\"" },
        { "raft.server-id", "''", "raft.server-id = \"\"" },
        { "raft.group", "a/b", "raft.group = \"a/b\"" },
        { "raft.heartbeat-timeout", "soon", "raft.heartbeat-timeout = soon" },
        { "raft.heartbeat-timeout", "", "raft.heartbeat-timeout = { a = 1 }" },
        { "raft.journal.stall-timeout", "infinite", "raft.journal.stall-timeout = infinite" },
        { "raft.pre-vote", "maybe", "raft.pre-vote = maybe" },
        { "raft.apply-on-follower", "ignore", "raft.apply-on-follower = ignore" },
        { "raft.state-machine.max-batch-size", "many", "raft.state-machine.max-batch-size = many" },
        { "raft.intake.max-commands-in-flight", "99999999999", "raft.intake.max-commands-in-flight = 99999999999" },
        { "raft.intake.max-bytes-in-flight", "much", "raft.intake.max-bytes-in-flight = much" },
        { "raft.intake.max-command-bytes", "3221225472", "raft.intake.max-command-bytes = 3GiB" },
        { "raft.types", "", "raft.types = one" },
        { "raft.servers", "", "raft.servers = n1" },
        { "raft.servers[0]", "", "raft.servers = [ n1 ]" },
        { "raft.servers[0]", "id", "raft.servers = [ { address = \"akka.tcp://raft@n1:1\" } ]" },
        { "raft.servers[0]", "address", "raft.servers = [ { id = n1 } ]" },
        { "raft.servers[0].id", "a b", "raft.servers = [ { id = \"a b\", address = \"akka.tcp://raft@n1:1\" } ]" },
        { "raft.servers[0].address", "n1", "raft.servers = [ { id = n1, address = \"n1\" } ]" },
        { "raft.servers[0].suffrage", "king", "raft.servers = [ { id = n1, address = \"akka.tcp://raft@n1:1\", suffrage = king } ]" },
        {
            "raft.servers", "n1",
            "raft.servers = [ { id = n1, address = \"akka.tcp://raft@n1:1\" }, { id = n1, address = \"akka.tcp://raft@n2:1\" } ]"
        },
    };

    [Fact]
    public void The_defaults_are_valid() => Assert.Same(Valid, Valid.Validate());

    [Theory]
    [MemberData(nameof(Invalid))]
    public void A_refusal_names_the_setting_and_its_value(string setting, string value, RaftSettings settings)
    {
        var refused = Assert.Throws<RaftConfigurationException>(settings.Validate);
        Assert.StartsWith($"{setting} = '{value}': ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void An_unreadable_setting_is_named(string setting, string value, string line)
    {
        var refused = Assert.Throws<RaftConfigurationException>(() => Read(line));
        Assert.StartsWith(setting, refused.Message, StringComparison.Ordinal);
        Assert.Contains(value, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_must_have_an_id()
    {
        var refused = Assert.Throws<RaftConfigurationException>(() => RaftSettings.Create(ConfigurationFactory.Empty));
        Assert.StartsWith("raft.server-id = ''", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Servers_are_read_in_their_order()
    {
        var settings = Read("""
            raft.servers = [
              { id = n2, address = "akka.tcp://raft@10.0.0.2:4053" },
              { id = n1, address = "akka.tcp://raft@10.0.0.1:4053", suffrage = nonvoter }
            ]
            """);
        Assert.Equal(
            new Configuration(
            [
                new Server(Server2, "akka.tcp://raft@10.0.0.2:4053"),
                new Server(Server1, "akka.tcp://raft@10.0.0.1:4053", Suffrage.Nonvoter),
            ]),
            settings.InitialConfiguration);
    }

    internal static RaftSettings Read(string hocon) =>
        RaftSettings.Create(ConfigurationFactory.ParseString(hocon).WithFallback("raft.server-id = n1"));
}
