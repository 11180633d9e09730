using System.Collections.Immutable;
using CsCheck;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Serialization;

public sealed class HostileBytesTests
{
    private static readonly RaftMessageSerializer Serializer = new(null!, Samples.Codec);

    private static readonly ImmutableArray<string> Manifests = [.. MessageTable.ByManifest.Keys, "p.new", "q.new", "r.new", "x", ""];

    private static readonly Gen<LogEntry> GenEntry = Gen.Select(
        Gen.Long[0, long.MaxValue], Gen.Enum<EntryKind>(), Gen.Enum<PayloadFormat>(), Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 20], Gen.Long,
        Gen.Select(Gen.Bool, Gen.Long[1, long.MaxValue], Gen.Long[1, long.MaxValue], Gen.Long[1, long.MaxValue]),
        static (term, kind, format, data, extensions, time, session) =>
            new LogEntry(0, term, kind, new EncodedPayload(format, data), extensions, time)
            {
                Session = session.Item1 ? new CommandSession(session.Item2, session.Item3, session.Item4) : null,
            });

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Any_entries_survive_the_wire_and_the_journal() =>
        Gen.Select(GenEntry.Array[1, 40], Gen.Long[0, long.MaxValue - 100]).TryEach((entries, first) =>
        {
            var run = entries.Select((entry, place) => entry with { Index = first + place }).ToImmutableArray();
            var header = new PeerHeader(ProtocolVersion.Current, "g", new ServerId("a"), new ServerId("b"), 1);
            foreach (object message in new object[] { new AppendEntries(header, 1, 2, 3, run, 4), new EntriesAppended(run) })
            {
                var bytes = Serializer.ToBinary(message);
                Assert.Equal(Dump.Of(message), Dump.Of(Serializer.Read(bytes, Serializer.Manifest(message))));
            }
        });

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Garbage_is_refused_by_the_one_exception() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, Manifests.Length - 1]).TryEach(
            static (bytes, manifest) => { ReadsOrRefuses(bytes, Manifests[manifest]); }, inputs: 20_000);

    /// <summary>Akka.Remote writes a line for each exception.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Malformed_messages_from_the_wire_throw_no_exception() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[0, Manifests.Length - 1]).TryEach(
            static (bytes, manifest) =>
            {
                var name = Manifests[manifest];
                if (MessageTable.IsSent(name.AsSpan()))
                {
                    Assert.NotNull(Serializer.FromBinary(bytes, name));
                }
            }, inputs: 5_000);

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Damaged_messages_are_refused_by_the_one_exception() =>
        Gen.Select(Gen.Int[0, Samples.All.Length - 1], Gen.Int[0, 10_000], Gen.Byte, Gen.Bool).TryEach(
            static (sample, place, value, truncate) =>
            {
                var message = Samples.All[sample].Message;
                var bytes = Serializer.ToBinary(message);
                if (truncate)
                {
                    bytes = bytes[..(place % bytes.Length)];
                }
                else
                {
                    bytes[place % bytes.Length] = value;
                }

                ReadsOrRefuses(bytes, Serializer.Manifest(message));
            },
            inputs: 50_000);

    [Fact]
    public void Each_truncation_of_each_message_is_refused()
    {
        foreach (var (name, message) in Samples.All)
        {
            var bytes = Serializer.ToBinary(message);
            var manifest = Serializer.Manifest(message);
            var read = Enumerable.Range(0, bytes.Length).Where(length => ReadsOrRefuses(bytes[..length], manifest)).ToArray();

            // What an older version wrote ends earlier (VersionTests): before the identities, and before what stands behind them.
            var earlierEnds = message switch
            {
                HeartbeatResponse { State: not null } => 4,
                HeartbeatResponse { Abilities.StateMachineVersion: > 0 } or HeartbeatResponse { NotServing: not null } => 3,
                ConfigurationInfo { Members.IsEmpty: false } => 1,
                RaftStatus { Failure: not null } => 1,
                Heartbeat { KnownAbilities: not null } or HeartbeatResponse { AbilitiesDigest: not null } => 2,
                RaftStatus or IPeerMessage { Header.Identity: not null } or MembershipRequest { Force: true } => 1,
                _ => 0,
            };
            Assert.True(read.Length == earlierEnds, $"{name} of {bytes.Length} bytes was read when cut to {string.Join(", ", read)}");
        }
    }

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void A_configuration_is_read_or_refused_by_the_one_exception() =>
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Bool).TryEach(static (bytes, valid) =>
        {
            var whole = ConfigurationCodec.Encode(Samples.Configuration).Bytes.ToArray();
            var data = valid ? whole[..(bytes.Length % whole.Length)] : [1, .. bytes];
            try
            {
                ConfigurationCodec.Decode(new EncodedPayload(PayloadFormat.Bytes, data));
            }
            catch (MalformedMessageException)
            {
            }
        });

    [Theory]
    [InlineData("j.e", "01FFFFFFFFFFFFFFFF7F01")]
    [InlineData("j.e", "01FFFFFFFF0701")]
    [InlineData("r.s", "0101670161FFFFFFFF07")]
    [InlineData("f.ir", "01FFFFFFFF07")]
    [InlineData("p.ae", "010167016101620100000000FFFFFFFF0701")]
    public void A_huge_length_or_count_allocates_nothing(string manifest, string hex)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Throws<MalformedMessageException>(() => Serializer.Read(bytes, manifest));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedMessageException>(() => Serializer.Read(bytes, manifest));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    /// <summary>A frame may be set to many megabytes; what a leader keeps of one follower is bounded all the same.</summary>
    [Fact]
    public void More_types_than_a_server_may_announce_are_refused()
    {
        var header = new PeerHeader(ProtocolVersion.Current, "g", new ServerId("a"), new ServerId("b"), 7)
        {
            Identity = new PeerIdentity(new GroupIdentity(7), new JournalIdentity(8), default),
        };
        HeartbeatResponse Announcing(int types) => new(header, 1)
        {
            AbilitiesDigest = 1,
            Abilities = new Abilities("1.2.3", 9, [.. Enumerable.Range(1, types).Select(static number => (ulong)number)]),
        };
        var most = Serializer.ToBinary(Announcing(Abilities.MaxTypes));
        Assert.Equal(Abilities.MaxTypes, ((HeartbeatResponse)Serializer.Read(most, "p.hbr")).Abilities!.Types.Length);
        var refused = Assert.Throws<MalformedMessageException>(
            () => Serializer.Read(Serializer.ToBinary(Announcing(Abilities.MaxTypes + 1)), "p.hbr"));
        Assert.Contains($"{Abilities.MaxTypes + 1} types are announced; the limit is {Abilities.MaxTypes}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Received_entries_are_slices_of_the_received_array()
    {
        var message = new EntriesAppended(
            [new LogEntry(1, 1, EntryKind.Command, new EncodedPayload(PayloadFormat.Bytes, new byte[] { 1, 2, 3 }), default, 0)]);
        var bytes = Serializer.ToBinary(message);
        var read = (EntriesAppended)Serializer.Read(bytes, Serializer.Manifest(message));
        Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(read.Entries[0].Data.Bytes, out var segment));
        Assert.Same(bytes, segment.Array);
    }

    /// <summary>Whether a message came of it that says what was sent, and not that it could not be read.</summary>
    private static bool ReadsOrRefuses(byte[] bytes, string manifest)
    {
        try
        {
            return Serializer.Read(bytes, manifest)
                is not (UnreadableRequest or UnknownVersionMessage or ForwardedRequest { Request: UnreadableRequest });
        }
        catch (MalformedMessageException)
        {
            return false;
        }
    }
}
