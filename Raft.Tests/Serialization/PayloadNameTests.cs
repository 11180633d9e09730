using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Xunit;

namespace Raft.Tests.Serialization;

/// <summary>Akka logs a dead letter with the message in it: what a command, a query or a result holds must not get into a log so.</summary>
public sealed class PayloadNameTests
{
    private static readonly PeerHeader Header = new(ProtocolVersion.Current, "kv", new ServerId("n1"), new ServerId("n2"), 1);

    public static TheoryData<object> Messages =>
    [
        new Apply(new Secret("1234")),
        new Apply("1234"),
        new Read(new Secret("1234")),
        new Read("1234", ReadConsistency.Stale),
        new Applied(5, 1, new Secret("1234")),
        new ReadResult(5, "1234"),
        new ForwardedRequest(Header, new Apply(new Secret("1234"))),
        new Raft.Actors.Client.ClientRequest(new Apply(new Secret("1234"))),
    ];

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_printed_without_what_it_carries(object message) =>
        Assert.DoesNotContain("1234", $"{message}", StringComparison.Ordinal);

    [Fact]
    public void The_type_or_size_of_the_payload_is_printed()
    {
        Assert.Contains(nameof(Secret), $"{new Apply(new Secret("1234"))}", StringComparison.Ordinal);
        Assert.Contains("3 bytes", $"{new Apply(new byte[3])}", StringComparison.Ordinal);
    }

    public sealed record Secret(string Pin);
}
