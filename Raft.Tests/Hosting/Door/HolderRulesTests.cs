using System.Collections.Frozen;
using Akka.Configuration;
using Raft.Actors.Hosting.Door;
using Raft.Actors.Hosting.Identity;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Tests.Processes;
using Raft.Tests.Serialization;
using Xunit;
using static Raft.Fuzz.Inputs.AkkaFrame;
using static Raft.Tests.Hosting.Door.ProtobufText;

namespace Raft.Tests.Hosting.Door;

/// <summary>What a peer may say by its certificate, frame by frame.</summary>
public sealed class HolderRulesTests : IDisposable
{
    private const string Own = "raft://bank/server/n1";
    private static readonly RaftMessageSerializer Serializer = new(null!, Samples.Codec);
    private static readonly (int, string)[] Supervisor = [(2, "user"), (2, "raft-bank")];

    private readonly Certificates _authority = new("an authority");

    [Fact]
    public void A_server_may_send_in_the_names_of_its_certificate()
    {
        var holder = Holder(Own, "raft://bank/server/n2", "raft://bank/server/n3");
        foreach (var (_, message) in Sent())
        {
            Assert.Null(Check(holder, message));
        }
    }

    [Theory]
    [InlineData("raft://bank/server/n3", "that of server 'n3' of group 'bank'")]
    [InlineData("raft://other/server/n1", "that of server 'n1' of group 'other'")]
    [InlineData("raft://bank/client/n1", "that of client 'n1' of group 'bank'")]
    [InlineData("spiffe://bank/server/n1", "nobody's by name")]
    public void No_other_certificate_may_send_in_a_servers_name(string uri, string named)
    {
        var holder = Holder(uri);
        foreach (var message in Sent().Select(static sample => sample.Message).OfType<IPeerMessage>())
        {
            var refusal = Check(holder, message)!.Value;
            Assert.Equal(RefusalKind.Impersonation, refusal.Kind);
            Assert.Contains(named, refusal.Reason, StringComparison.Ordinal);
            Assert.Contains("of server 'n1' of group 'bank'", refusal.Reason, StringComparison.Ordinal);
            Assert.True(refusal.IsOfIdentity);

            // Nor to a selection, nor where a careless operator has opened our own serializer.
            var payload = Payload(RaftMessageSerializer.FixedIdentifier, Serializer.Manifest(message), Serializer.ToBinary(message));
            Assert.NotNull(Rules().Check(Frame(6, "", Selection(payload, Supervisor)), holder));
            Assert.NotNull(Rules(opened: RaftMessageSerializer.FixedIdentifier).Check(Frame(Envelope(payload)), holder));
        }
    }

    [Fact]
    public void A_client_asks_and_does_not_answer()
    {
        var holder = Holder("raft://bank/client/app");
        foreach (var (name, message) in Sent().Where(static sample => sample.Message is not IPeerMessage))
        {
            var refusal = Check(holder, message);
            Assert.Equal((name, message is IRaftRequest and not PledgeBootstrap), (name, refusal is null));
            Assert.True(refusal is not { IsOfIdentity: false });
        }
    }

    [Fact]
    public void What_servers_say_before_there_is_a_group_is_for_the_server_that_it_names()
    {
        var header = new ServerId("n4");
        object[] messages =
        [
            new PledgeBootstrap(header, Configuration.Empty), new BootstrapPledged(header, new ServerId("n1")),
            new ServerDescription(header, "akka.tcp://raft@h:1", 3, IsEmpty: true, Configuration.Empty),
        ];
        Assert.All(messages, message => Assert.Null(Check(Holder("raft://bank/server/n4"), message)));
        Assert.All(messages, message => Assert.Equal(RefusalKind.Impersonation, Check(Holder(Own), message)?.Kind));
    }

    [Fact]
    public void A_message_that_a_later_version_added_is_held_to_its_header()
    {
        var bytes = Serializer.ToBinary(Sent().Select(static sample => sample.Message).OfType<Heartbeat>().First());
        bytes[0] = 99;
        Assert.Null(Check(Holder(Own), "p.later", bytes));
        Assert.Equal(RefusalKind.Impersonation, Check(Holder("raft://bank/server/n3"), "p.later", bytes)?.Kind);
        Assert.Equal(RefusalKind.Malformed, Check(Holder(Own), "p.later", [1, 200])?.Kind);
        Assert.Equal(RefusalKind.Malformed, Check(Holder(Own), "p.later", [])?.Kind);
    }

    [Theory]
    [InlineData(Own, "", true)]
    [InlineData("raft://bank/client/app", "", false)]
    [InlineData("raft://bank/client/app", "clients-in-cluster = on", true)]
    public void Akka_Clusters_messages_are_for_servers(string uri, string section, bool isLetIn)
    {
        var frame = Frame(5, "Akka.Cluster.GossipEnvelope, Akka.Cluster", [1]);
        Assert.Equal(isLetIn, Rules(section).Check(frame, Holder(uri)) is null);
        Assert.Equal(isLetIn, Rules(section, opened: 5).Check(frame, Holder(uri)) is null);
    }

    [Theory]
    [InlineData("127.0.0.1", 4053, Own, null)]
    [InlineData("127.0.0.1", 4053, "raft://bank/server/n9", null)]
    [InlineData("127.0.0.1", 4053, "raft://bank/server/n2", "by raft.servers 127.0.0.1:4053 is the address of server 'n1'")]
    [InlineData("127.0.0.1", 4053, "raft://bank/client/app", "by raft.servers 127.0.0.1:4053 is the address of server 'n1'")]
    [InlineData("127.0.0.1", 5000, "raft://bank/client/app", null)]
    [InlineData("10.0.0.1", 4053, Own, "not for '10.0.0.1'")]
    [InlineData("evil.example", 4053, Own, "not for 'evil.example'")]
    public void A_handshake_says_where_its_sender_is(string host, int port, string uri, string? reason)
    {
        byte[] origin = [.. Field(1, "raft"), .. Field(2, host), .. Varint(3, port), .. Field(4, "ssl.tcp")];
        var refusal = Rules().Check(Handshake(origin), Holder(uri));
        Assert.Equal(reason is null, refusal is null);
        if (reason is not null)
        {
            Assert.Equal(RefusalKind.Address, refusal!.Value.Kind);
            Assert.Contains(reason, refusal.Value.Reason, StringComparison.Ordinal);
        }

        // Where certificates are not checked against hosts, the list alone counts.
        Assert.Equal(reason is null || reason.StartsWith("not for", StringComparison.Ordinal), Rules(checksHosts: false).Check(Handshake(origin), Holder(uri)) is null);
        Assert.Null(new DoorRules(new DoorSettings()).Check(Handshake(origin), peer: null));
    }

    [Fact]
    public void Messages_of_the_connection_are_let_in_and_malformed_ones_are_not()
    {
        Assert.Null(Rules().Check(Field(2, Varint(1, 3)), Holder(Own)));
        Assert.Equal(RefusalKind.Malformed, Rules().Check(Field(2, [0xFF]), Holder(Own))?.Kind);
        Assert.Equal(RefusalKind.Malformed, Rules().Check(Handshake([0xFF]), Holder(Own))?.Kind);
    }

    [Fact]
    public void A_message_that_the_door_refuses_to_anyone_is_refused_for_that_reason()
    {
        // Else it would be let in where identities are only logged.
        var refusal = Rules().Check(Frame(1, "", "{}"u8), CertificateHolder.Nobody);
        Assert.Equal((RefusalKind.Serializer, false), (refusal?.Kind, refusal?.IsOfIdentity));
    }

    public void Dispose() => _authority.Dispose();

    private static IEnumerable<(string Name, object Message)> Sent() =>
        Samples.All.Where(static sample => sample.Message is not (IJournalEvent or ISnapshotRecord));

    private static byte[] Handshake(byte[] origin) => Field(2, [.. Varint(1, 1), .. Field(2, [.. Field(1, origin), .. Fixed64(2, 7)])]);

    private static DoorRules Rules(string section = "", int? opened = null, bool checksHosts = true)
    {
        var settings = IdentitySettings.Create(ConfigurationFactory.ParseString($$"""
            raft {
              group = bank
              servers = [ { id = n1, address = "akka.ssl.tcp://raft@127.0.0.1:4053" }, { id = n2, address = "akka.ssl.tcp://raft@127.0.0.1:4054" } ]
              tls { authority = a.pem, {{section}} }
            }
            """));
        var door = new DoorSettings { InCluster = true, Serializers = opened is { } number ? new[] { number }.ToFrozenSet() : [] };
        return new DoorRules(door, new HolderRules(settings, checksHosts));
    }

    private static Refusal? Check(CertificateHolder holder, object message) =>
        Check(holder, Serializer.Manifest(message), Serializer.ToBinary(message));

    private static Refusal? Check(CertificateHolder holder, string manifest, byte[] bytes) =>
        Rules().Check(Frame(RaftMessageSerializer.FixedIdentifier, manifest, bytes), holder);

    private CertificateHolder Holder(params string[] uris)
    {
        using var certificate = _authority.Server("n1", CertificateFault.None, uris);
        return CertificateHolder.Of(certificate, []);
    }
}
