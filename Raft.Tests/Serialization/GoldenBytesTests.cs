using System.Runtime.CompilerServices;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Serialization;

/// <summary>
/// The bytes that this version writes, as a file that is never changed, only added to: other servers and old journals
/// hold them. A line: the sample's name, its manifest, its bytes.
/// </summary>
public sealed class GoldenBytesTests
{
    private const string ConfigurationName = "Configuration";

    // They stand for something that could not be read, or are made by the client itself, and are never sent.
    private static readonly Type[] NeverSent =
        [typeof(UnknownVersionMessage), typeof(UnreadableRequest), typeof(WrongResultType)];

    private static readonly Dictionary<string, (string Manifest, byte[] Bytes)> Golden = File.ReadLines(PathOf())
        .Where(static line => line.Length > 0 && line[0] != '#')
        .Select(static line => line.Split(' '))
        .ToDictionary(static parts => parts[0], static parts => (parts[1], Convert.FromHexString(parts[2])));

    public static TheoryData<string> Names => [.. Samples.All.Select(static sample => sample.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Todays_code_writes_and_reads_the_golden_bytes(string name)
    {
        var serializer = new RaftMessageSerializer(null!, Samples.Codec);
        var message = Samples.All.Single(sample => sample.Name == name).Message;
        var written = $"{name} {serializer.Manifest(message)} {Convert.ToHexString(serializer.ToBinary(message))}";
        Assert.True(Golden.TryGetValue(name, out var golden), $"add to Golden/messages.txt: {written}");
        Assert.Equal($"{name} {golden.Manifest} {Convert.ToHexString(golden.Bytes)}", written);
        Assert.Equal(Dump.Of(message), Dump.Of(serializer.FromBinary(golden.Bytes, golden.Manifest)));
    }

    [Fact]
    public void Todays_code_writes_and_reads_the_golden_configuration()
    {
        var encoded = ConfigurationCodec.Encode(Samples.Configuration);
        var golden = Golden[ConfigurationName].Bytes;
        Assert.Equal(Convert.ToHexString(golden), Convert.ToHexString(encoded.Bytes.Span));
        Assert.Equal(Samples.Configuration, ConfigurationCodec.Decode(new EncodedPayload(PayloadFormat.Bytes, golden)));
    }

    [Fact]
    public void Each_message_type_has_a_manifest_and_golden_bytes()
    {
        var types = typeof(IPeerMessage).Assembly.GetTypes()
            .Where(static type => type is { IsAbstract: false, IsInterface: false }
                && (typeof(IPeerMessage).IsAssignableFrom(type)
                    || typeof(IRaftRequest).IsAssignableFrom(type)
                    || typeof(RaftFailure).IsAssignableFrom(type)
                    || typeof(IJournalEvent).IsAssignableFrom(type)))
            .Except(NeverSent)
            .Concat(MessageTable.ByType.Keys)
            .Distinct()
            .ToList();
        Assert.True(types.Count > 30);
        foreach (var type in types)
        {
            Assert.True(MessageTable.ByType.ContainsKey(type), $"{type.Name} has no manifest in MessageTable");
            Assert.Contains(Samples.All, sample => sample.Message.GetType() == type);
            Assert.True(Golden.ContainsKey(type.Name), $"{type.Name} has no golden bytes");
        }
    }

    [Fact]
    public void Each_golden_line_has_its_sample() =>
        Assert.Equal(Golden.Keys.Order(), Samples.All.Select(static sample => sample.Name).Append(ConfigurationName).Order());

    private static string PathOf([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Golden", "messages.txt");
}
