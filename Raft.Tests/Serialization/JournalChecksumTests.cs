using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Serialization;

/// <summary>What a disk has changed is not believed, also where it would make sense.</summary>
public sealed class JournalChecksumTests
{
    public static TheoryData<string> Events =>
        [.. Samples.All.Where(static sample => sample.Message is IJournalEvent).Select(static sample => sample.Name)];

    [Fact]
    public void The_checksum_is_CRC_32C() => Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));

    [Theory]
    [MemberData(nameof(Events))]
    public void Any_changed_bit_of_a_journal_event_is_noticed(string name)
    {
        var serializer = new RaftMessageSerializer(null!, Samples.Codec);
        var message = Samples.All.Single(sample => sample.Name == name).Message;
        var bytes = serializer.ToBinary(message);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var changed = (byte[])bytes.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<MalformedMessageException>(() => serializer.FromBinary(changed, serializer.Manifest(message)));
        }
    }
}
