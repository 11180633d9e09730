using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Serialization;

public sealed class VersionTests
{
    private static readonly RaftMessageSerializer Serializer = new(null!, Samples.Codec);

    private static readonly PeerHeader Header = new(ProtocolVersion.Current, "g", new ServerId("a"), new ServerId("b"), 7);

    [Fact]
    public void A_peer_message_of_another_version_keeps_its_header_only()
    {
        var bytes = Serializer.ToBinary(new Heartbeat(Header, 1));
        bytes[0] = 9;
        byte[] later = [.. bytes[..^1], 0xFF, 0xFF];
        var message = Assert.IsType<UnknownVersionMessage>(Serializer.Read(later, "p.hb"));
        Assert.Equal(new UnknownVersionMessage(Header with { Version = 9 }, "p.hb"), message);
    }

    [Fact]
    public void A_peer_message_of_a_kind_that_came_later_keeps_its_header_only()
    {
        var bytes = Serializer.ToBinary(new Heartbeat(Header, 1));
        Assert.Equal(new UnknownVersionMessage(Header, "p.later"), Serializer.Read(bytes, "p.later"));
    }

    [Fact]
    public void A_peer_message_may_carry_fields_that_came_later()
    {
        var identified = new VoteResponse(Header with { Identity = new PeerIdentity(new GroupIdentity(7), new JournalIdentity(8), default) }, Granted: true);
        byte[] bytes = [.. Serializer.ToBinary(identified), 1, 2, 3];
        Assert.Equal(identified, Serializer.Read(bytes, "p.vr"));
    }

    /// <summary>As versions without identities write it, and as they read what later ones write: they stop behind the last field that they know.</summary>
    [Fact]
    public void The_identities_stand_behind_what_an_older_version_reads()
    {
        var without = new Heartbeat(Header, 1);
        var with = without with { Header = Header with { Identity = new PeerIdentity(new GroupIdentity(7), new JournalIdentity(8), default) } };
        Assert.Equal(Serializer.ToBinary(without), Serializer.ToBinary(with).AsSpan(0, Serializer.ToBinary(without).Length).ToArray());
        Assert.Null(((Heartbeat)Serializer.Read(Serializer.ToBinary(without), "p.hb")).Header.Identity);
    }

    [Fact]
    public void A_status_of_an_older_version_is_read_without_the_later_fields()
    {
        var status = (RaftStatus)Samples.All.Single(static sample => sample.Name == "RaftStatus").Message;
        var bytes = Serializer.ToBinary(status);
        var older = Enumerable.Range(0, bytes.Length).Select(length => bytes[..length]).Single(IsRead);
        Assert.Equal(Dump.Of(status), Dump.Of(Serializer.Read(older, "r.s")));

        static bool IsRead(byte[] bytes)
        {
            try
            {
                Serializer.Read(bytes, "r.s");
                return true;
            }
            catch (MalformedMessageException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void A_peer_message_is_written_in_the_current_version_only() =>
        Assert.Throws<ArgumentException>(() => Serializer.ToBinary(new Heartbeat(Header with { Version = 2 }, 1)));

    [Theory]
    [InlineData("j.h", 2)]
    [InlineData("j.e", 200)]
    public void A_journal_event_of_a_later_version_says_who_can_read_it(string manifest, byte version)
    {
        var failure = Assert.Throws<MalformedMessageException>(() => Serializer.Read([version, 1, 1], manifest));
        Assert.Contains("written by a later version of RaftAkka", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"format {version}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("reads format 1", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_event_with_more_than_is_known_is_refused()
    {
        byte[] bytes = [.. Serializer.ToBinary(new HardStateChanged(1, new ServerId("a"))), 0];
        Assert.Throws<MalformedMessageException>(() => Serializer.Read(bytes, "j.h"));
    }

    [Fact]
    public void A_configuration_of_a_later_version_is_refused()
    {
        var bytes = ConfigurationCodec.Encode(Configuration.Empty).Bytes.ToArray();
        bytes[0] = 4;
        var failure = Assert.Throws<MalformedMessageException>(
            () => ConfigurationCodec.Decode(new EncodedPayload(PayloadFormat.Bytes, bytes)));
        Assert.Contains("later version", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>A version that does not know a command's condition must not take it without: what it reads there is no payload.</summary>
    [Fact]
    public void A_minimum_version_stands_where_older_versions_refuse_the_command()
    {
        var bytes = Serializer.ToBinary(new Apply(new byte[] { 1 }) { MinimumVersion = 3 });
        Assert.Equal([1, 2, 3], bytes[..3]);
        Assert.Equal(3, ((Apply)Serializer.Read(bytes, "q.a")).MinimumVersion);
        Assert.Equal(1, Serializer.ToBinary(new Apply(new byte[] { 1 }))[0]);
        Assert.InRange(Serializer.ToBinary(new Apply(new byte[] { 1 }))[1], 0, 1);
    }

    [Fact]
    public void A_configuration_is_written_in_the_oldest_format_that_can_hold_it()
    {
        Server[] servers = [new(new ServerId("a"), "akka.tcp://raft@a:1")];
        var identified = new Configuration([.. servers], new GroupIdentity(7));
        Assert.Equal(1, ConfigurationCodec.Encode(new Configuration([.. servers])).Bytes.Span[0]);
        Assert.Equal(2, ConfigurationCodec.Encode(identified).Bytes.Span[0]);
        var versioned = ConfigurationCodec.Encode(identified.WithStateMachineVersion(5));
        Assert.Equal(3, versioned.Bytes.Span[0]);
        Assert.Equal(identified.WithStateMachineVersion(5), ConfigurationCodec.Decode(versioned));
        Assert.NotEqual(identified, ConfigurationCodec.Decode(versioned));
    }

    [Theory]
    [InlineData("q.a", "02")]
    [InlineData("q.b", "")]
    [InlineData("q.later", "01")]
    public void A_request_of_another_version_can_be_answered(string manifest, string hex) =>
        Assert.IsType<UnreadableRequest>(Serializer.Read(Convert.FromHexString(hex), manifest));

    [Fact]
    public void Events_that_break_a_rule_are_not_written()
    {
        var entry = new LogEntry(1, 1, EntryKind.Noop, EncodedPayload.None, default, 0);
        Assert.Throws<ArgumentException>(() => Serializer.ToBinary(new EntriesAppended([])));
        Assert.Throws<ArgumentException>(() => Serializer.ToBinary(new EntriesAppended([entry, entry])));
        Assert.Throws<ArgumentOutOfRangeException>(() => Serializer.ToBinary(new HardStateChanged(-1, default)));
        Assert.Throws<ArgumentException>(() => Serializer.ToBinary(new UnreadableRequest("x")));
    }
}
