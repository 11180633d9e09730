using System.Collections.Frozen;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using CsCheck;
using Raft.Actors.Hosting.Door;
using Raft.Actors.LogLines;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Raft.Tests.Serialization;
using Xunit;
using static Raft.Fuzz.Inputs.AkkaFrame;
using static Raft.Tests.Hosting.Door.ProtobufText;

namespace Raft.Tests.Hosting.Door;

public sealed class DoorRulesTests
{
    private const string ClusterPrefix = "Akka.Cluster.InternalClusterAction+";
    private static readonly RaftMessageSerializer Serializer = new(null!, Samples.Codec);
    private static readonly byte[] Status = Payload(RaftMessageSerializer.FixedIdentifier, "q.s", []);
    private static readonly byte[] Json = Payload(1, string.Empty, "{}"u8);
    private static readonly (int, string)[] Supervisor = [(2, "user"), (2, "raft-kv")];

    [Fact]
    public void Every_message_of_the_group_is_let_in_and_its_journals_events_are_not()
    {
        foreach (var (_, message) in Samples.All)
        {
            var bytes = Serializer.ToBinary(message);
            var refusal = Rules().Check(Frame(RaftMessageSerializer.FixedIdentifier, Serializer.Manifest(message), bytes));
            Assert.Equal(message is IJournalEvent or ISnapshotRecord ? RefusalKind.Message : null, refusal?.Kind);
        }
    }

    [Fact]
    public void A_message_that_a_later_version_added_is_let_in() => Assert.All(
        ["p.later", "q.later", "r.later", "f.later"],
        static manifest => Assert.Null(Check(Payload(RaftMessageSerializer.FixedIdentifier, manifest, [1]))));

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "")]
    [InlineData(2, "Any.Type, Any")]
    [InlineData(3, "")]
    [InlineData(4, "")]
    [InlineData(5, ClusterPrefix + "Join, Akka.Cluster")]
    [InlineData(7, "")]
    [InlineData(8, "")]
    [InlineData(17, "S")]
    [InlineData(22, "SW")]
    [InlineData(36, "a")]
    [InlineData(-5, "")]
    [InlineData(999, "")]
    public void Every_other_serializer_is_refused_until_it_is_opened(int serializer, string manifest)
    {
        var refusal = Check(Payload(serializer, manifest, [1, 2]))!.Value;
        Assert.Equal((RefusalKind.Serializer, serializer, manifest), (refusal.Kind, refusal.Serializer, refusal.Text));
        Assert.Contains($"add {serializer} to raft.door.serializers", refusal.Reason, StringComparison.Ordinal);
        Assert.Null(Check(Payload(serializer, manifest, [1, 2]), serializer));
        Assert.NotNull(Check(Payload(serializer, manifest, [1, 2]), serializer + 1));
    }

    [Theory]
    [InlineData(ClusterPrefix + "Join, Akka.Cluster", true)]
    [InlineData(ClusterPrefix + "Welcome, Akka.Cluster", true)]
    [InlineData("Akka.Cluster.GossipEnvelope, Akka.Cluster", true)]
    [InlineData("HB", true)]
    [InlineData("Akka.Cluster.ClusterUserAction+Down, Akka.Cluster", false)]
    [InlineData("Akka.Cluster.ClusterUserAction+Leave, Akka.Cluster", false)]
    [InlineData("Akka.Cluster.Routing.ClusterRouterPool, Akka.Cluster", false)]
    [InlineData("", false)]
    public void In_a_cluster_its_members_messages_are_let_in(string manifest, bool isLetIn)
    {
        var rules = new DoorRules(new DoorSettings { InCluster = true });
        var selection = Selection(Payload(5, manifest, [1]), (2, "system"), (2, "cluster"), (2, "core"), (2, "daemon"));
        Assert.Equal(isLetIn, rules.Check(Frame(5, manifest, [1])) is null);
        Assert.Equal(isLetIn, rules.Check(Frame(6, "", selection)) is null);
    }

    [Theory]
    [InlineData("PP")]
    [InlineData("K")]
    [InlineData("STF")]
    [InlineData("STS")]
    [InlineData("CF")]
    [InlineData("RORRC")]
    [InlineData("RWHB")]
    [InlineData("")]
    public void Of_Akkas_miscellaneous_messages_only_Identify_is_let_in(string manifest)
    {
        Assert.Equal(RefusalKind.Message, Check(Payload(16, manifest, []))?.Kind);
        Assert.Null(Check(Payload(16, manifest, []), 16));
        Assert.Null(Check(Payload(16, "ID", [])));
    }

    [Fact]
    public void An_Identify_may_carry_nothing_a_text_or_a_number()
    {
        foreach (var manifest in new[] { "ID", "AID" })
        {
            Assert.Null(Identify(manifest, []));
            Assert.Null(Identify(manifest, Payload(17, "S", "x"u8)));
            Assert.Equal(RefusalKind.Message, Identify(manifest, Json)?.Kind);
            Assert.Equal(RefusalKind.Message, Identify(manifest, Payload(0, "Any.Type, Any", []))?.Kind);
            Assert.Equal(RefusalKind.Message, Identify(manifest, Payload(16, "ID", []))?.Kind);
        }

        static Refusal? Identify(string manifest, byte[] correlation) =>
            Check(Payload(16, manifest, [.. Field(1, correlation), .. Field(2, "/user/a")]));
    }

    [Fact]
    public void Selections_are_of_the_groups_actors()
    {
        Assert.Null(Select(Status, Supervisor));
        Assert.Null(Select(Status, (2, "user"), (2, "raft-kv-discovery")));
        Assert.Null(Select(Payload(16, "ID", []), Supervisor));
        Assert.Equal(RefusalKind.Serializer, Select(Json, Supervisor)?.Kind);
        Assert.Equal(RefusalKind.Message, Select(Payload(16, "PP", []), Supervisor)?.Kind);
        (int, string)[][] others =
        [
            [], [(2, "user")], [(2, "user"), (2, "mine")], [(2, "system"), (2, "cluster"), (2, "core"), (2, "daemon")],
            [.. Supervisor, (3, "*")], [.. Supervisor, (1, "")], [.. Supervisor, (1, "node")], [.. Supervisor, (2, "")],
            [.. Supervisor, (2, "..")], [(2, "user/raft-kv")],
        ];
        foreach (var path in others)
        {
            Assert.Equal(RefusalKind.Selection, Select(Status, path)?.Kind);
            Assert.Null(Check(Payload(6, "", Selection(Status, path)), 6));
            Assert.Equal(RefusalKind.Serializer, Check(Payload(6, "", Selection(Json, path)), 6)?.Kind);
        }

        static Refusal? Select(byte[] payload, params (int, string)[] path) => Check(Payload(6, "", Selection(payload, path)));
    }

    [Fact]
    public void A_selection_in_a_selection_is_refused_however_deep()
    {
        var nested = Status;
        for (var depth = 0; depth < 3; depth++)
        {
            nested = Payload(6, "", Selection(nested, Supervisor));
            Assert.Equal(depth > 0, Check(nested) is not null);
            Assert.Equal(depth > 0, Check(nested, 6) is not null);
        }

        // Akka.NET looks for the type that a manifest of one names.
        Assert.NotNull(Check(Payload(6, "Any.Type, Any", Selection(Status, Supervisor))));
        Assert.NotNull(Check(Payload(6, "Any.Type, Any", Selection(Status, Supervisor)), 6));
    }

    [Fact]
    public void Numbered_messages_and_receipts_are_refused_until_watches_are_opened()
    {
        var numbered = Frame(Envelope(Status, sequence: 8_000_000_000));
        var receipt = Field(1, Field(1, Fixed64(1, 8_000_000_000)));
        byte[] unsaid = Field(1, Field(2, [.. Field(1, Field(1, "/user/a")), .. Field(2, Status)]));
        foreach (var frame in new[] { numbered, receipt, unsaid })
        {
            Assert.Equal(RefusalKind.SystemMessage, Rules().Check(frame)?.Kind);
            Assert.Null(Rules(22).Check(frame));
        }

        Assert.Null(Check(Payload(16, "RWHB", []), 22));
    }

    /// <summary>
    /// Akka.Remote sends it between healthy systems: to refuse it would cost the message beside it, and a line in the log.
    /// </summary>
    [Fact]
    public void A_receipt_of_nothing_is_let_in()
    {
        var nothing = Field(1, Fixed64(1, ulong.MaxValue));
        Assert.Null(Rules().Check(Field(1, nothing)));
        Assert.Null(Rules().Check(Field(1, [.. nothing, .. Field(2, Envelope(Status))])));
        Assert.NotNull(Rules().Check(Field(1, [.. nothing, .. Field(2, Envelope(Json))])));
        foreach (var receipt in new[]
        {
            Fixed64(1, 0), Fixed64(1, 8_000_000_000), [.. Fixed64(1, ulong.MaxValue), .. Fixed64(2, 5)], [],
        })
        {
            Assert.Equal(RefusalKind.SystemMessage, Rules().Check(Field(1, Field(1, receipt)))?.Kind);
        }
    }

    [Fact]
    public void Long_paths_and_manifests_are_refused_also_where_all_is_open()
    {
        var path = "akka.tcp://raft@n1:4053/user" + string.Concat(Enumerable.Repeat("/a", 2000));
        Assert.Equal(RefusalKind.TooLong, Rules().Check(Frame(Envelope(Status, path)))?.Kind);
        Assert.Equal(RefusalKind.TooLong, Check(Payload(1, new string('[', 1_200_000), []), 1)?.Kind);
        var deep = Selection(Status, [.. Supervisor, .. Enumerable.Repeat((2, "a"), 40)]);
        Assert.Equal(RefusalKind.TooLong, Check(Payload(6, "", deep), 6)?.Kind);
        Assert.Equal(RefusalKind.TooLong, Check(Payload(6, "", Selection(Status, (2, new string('a', 5000)))), 6)?.Kind);
    }

    [Fact]
    public void The_handshake_and_what_keeps_the_connection_alive_are_let_in()
    {
        var address = (byte[])[.. Field(1, "raft"), .. Field(2, "n1"), .. Varint(3, 4053), .. Field(4, "tcp")];
        Assert.Null(Rules().Check(Field(2, [.. Varint(1, 1), .. Field(2, [.. Field(1, address), .. Fixed64(2, 7)])])));
        Assert.Null(Rules().Check(Field(2, Varint(1, 3))));
    }

    /// <summary>Akka.NET would write an error in the log for each.</summary>
    [Fact]
    public void Instructions_that_cannot_be_read_and_messages_for_other_systems_are_refused()
    {
        Assert.Equal(RefusalKind.Malformed, Rules().Check(Field(2, Varint(1, 1)))?.Kind);
        Assert.Equal(RefusalKind.Malformed, Rules().Check([])?.Kind);
        var rules = Rules();
        Assert.Null(rules.Check(Frame(Envelope(Status, "akka.tcp://other@n1:4053/user/raft-kv"))));
        rules.ListensAt(Address.Parse("tcp://raft@n1:4053"));
        Assert.Null(rules.Check(Frame(Envelope(Status, "akka.tcp://raft@n1:4053/user/raft-kv"))));
        foreach (var elsewhere in new[]
        {
            "akka.tcp://other@n1:4053/user/raft-kv", "akka.tcp://raft@n1:40530/user/raft-kv", "/user/raft-kv", "x\u001b[31m",
        })
        {
            Assert.Equal(RefusalKind.Elsewhere, rules.Check(Frame(Envelope(Status, elsewhere)))?.Kind);
        }
    }

    /// <summary>What Google's reader merges, cuts or skips could be read by Akka.NET as something that was not checked.</summary>
    [Fact]
    public void Bytes_that_could_be_read_in_two_ways_are_refused()
    {
        byte[][] frames =
        [
            [.. Frame(Envelope(Status)), .. Frame(Envelope(Json))],
            Field(1, [.. Field(2, Envelope(Status)), .. Field(2, Field(2, Json))]),
            Frame([.. Envelope(Status), .. Field(2, Json)]),
            Frame([.. Envelope(Status), .. Fixed64(5, 1)]),
            Frame(Envelope([.. Status, .. Varint(2, 1)])),
            Frame(Envelope([.. Status, .. Field(3, "x")])),
            Frame(Envelope(Payload(6, "", [.. Selection(Status, Supervisor), .. Field(1, Json)]))),
            Frame(Envelope([.. Field(3, "q.s"), 0x10, 0xC1, 0xA4, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10])),
            Frame(Envelope([.. Field(3, "q.s"), 0x12, 0x01, 0x01])),
            Frame(Envelope([.. Status, 0x0B, 0x0C])),
            Frame(Envelope([.. Status, 0x92, 0x80, 0x80, 0x80, 0x10, 0x01])),
            Frame(Envelope([.. Status, 0x00])),
            Frame(Field(2, Status)),
            Frame(Field(1, Field(1, "/user/a"))),
            Frame(Envelope(Status))[..^1],
            [.. Field(2, Varint(1, 3)), .. Frame(Envelope(Status)), .. Field(2, Varint(1, 3))],
        ];
        Assert.All(frames, static frame => Assert.Equal(RefusalKind.Malformed, Rules().Check(frame)?.Kind));
        Assert.Equal(RefusalKind.Malformed, Rules().Check([.. Field(2, Varint(1, 3)), .. Frame(Envelope(Status))])?.Kind);
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Damaged_frames_and_garbage_throw_no_exception()
    {
        byte[][] frames =
        [
            Frame(Envelope(Status)),
            Frame(6, "", Selection(Status, Supervisor)),
            Frame(16, "ID", Field(1, Payload(17, "S", "x"u8))),
            [],
        ];
        var changed = Gen.Select(Gen.Int[0, 1000], Gen.Byte).Array[0, 4];
        Gen.Select(Gen.Int[0, frames.Length - 1], changed, Gen.Byte.Array[0, 60]).TryEach(
            (which, changes, garbage) =>
            {
                byte[] frame = frames[which] is [_, ..] given ? [.. given] : garbage;
                foreach (var (place, value) in changes.Where(_ => frame.Length > 0))
                {
                    frame[place % frame.Length] = value;
                }

                _ = Rules().Check(frame)?.Reason;
            },
            inputs: 50_000);
    }

    [Fact]
    public void Text_of_a_stranger_is_logged_short_and_clean()
    {
        var refusal = Check(Payload(1, "\u001b[2J\n" + new string('x', 300), []))!.Value;
        Assert.Equal("?[2J?" + new string('x', 75) + "…", refusal.Text);
    }

    [Fact]
    public void The_numbers_are_those_of_Akkas_serializers()
    {
        using var system = ActorSystem.Create("numbers", ConfigurationFactory.ParseString("""
            akka {
              loglevel = OFF
              stdout-loglevel = OFF
              actor.provider = cluster
              remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            }
            """));
        Serializer Of(object message) => system.Serialization.FindSerializerFor(message);
        Assert.Equal(AkkaSerializers.Miscellaneous, Of(new Identify(null)).Identifier);
        Assert.Equal("ID", ((SerializerWithStringManifest)Of(new Identify(null))).Manifest(new Identify(null)));
        Assert.Equal("AID", ((SerializerWithStringManifest)Of(new Identify(null))).Manifest(new ActorIdentity(null, null)));
        Assert.Equal(AkkaSerializers.Primitive, Of("text").Identifier);
        Assert.Equal(AkkaSerializers.Selection, Of(new ActorSelectionMessage("text", [])).Identifier);
        Assert.Equal(AkkaSerializers.SystemMessages, Of(new Akka.Dispatch.SysMsg.Terminate()).Identifier);
        Assert.Equal(1, Of(new object()).Identifier);
        var gossip = Type.GetType("Akka.Cluster.GossipStatus, Akka.Cluster", throwOnError: true)!;
        Assert.Equal(AkkaSerializers.Cluster, system.Serialization.FindSerializerForType(gossip).Identifier);
    }

    [Theory]
    [InlineData("enabled = off", false, new int[0])]
    [InlineData("", true, new int[0])]
    [InlineData("serializers = [ 17, \"-5\" ]", true, new[] { -5, 17 })]
    public void The_settings_are_read(string door, bool enabled, int[] serializers)
    {
        var read = DoorSettings.Create(ConfigurationFactory.ParseString($"raft.door {{ {door} }}"), inCluster: false);
        Assert.Equal(enabled, read.Enabled);
        Assert.Equal(serializers, read.Serializers.Order());
    }

    [Fact]
    public void A_serializer_that_is_no_number_is_refused()
    {
        var config = ConfigurationFactory.ParseString("raft.door.serializers = [ json ]");
        var refusal = Assert.Throws<RaftConfigurationException>(() => DoorSettings.Create(config, inCluster: false));
        Assert.Contains("'json'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_refusal_of_a_kind_a_minute_is_logged_with_the_number_of_the_others()
    {
        var clock = new ManualTime();
        var ledger = new LineLimit<RefusalKind>(clock);
        Assert.True(ledger.IsTold(RefusalKind.Serializer, out var before));
        Assert.Equal(0, before);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.False(ledger.IsTold(RefusalKind.Serializer, out var _)));
        Assert.True(ledger.IsTold(RefusalKind.Malformed, out _));
        clock.Passed += LineLimit<RefusalKind>.Interval;
        Assert.True(ledger.IsTold(RefusalKind.Serializer, out before));
        Assert.Equal(1000, before);
        Assert.False(ledger.IsTold(RefusalKind.Serializer, out _));
    }

    private static DoorRules Rules(params int[] opened) => new(new DoorSettings { Serializers = opened.ToFrozenSet() });

    private static Refusal? Check(byte[] payload, params int[] opened) => Rules(opened).Check(Frame(Envelope(payload)));

    private sealed class ManualTime : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Passed.Ticks;
    }
}
