using System.Net;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Raft.Actors.Node.Leading;
using Raft.Host.Http;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>Each client of HTTP is a sender of its own in the intake.</summary>
public sealed class ClientAskTests() : TestKit("akka.test.single-expect-default = 10s", "asks")
{
    [Fact]
    public async Task Requests_from_one_address_share_a_sender_and_other_addresses_have_others()
    {
        var (first, again) = (await SenderOf("10.0.0.1"), await SenderOf("10.0.0.1"));
        var other = await SenderOf("10.0.0.2");
        var six = await SenderOf("fe80::1%3");
        Assert.Equal(first, again);
        Assert.Equal(4, new HashSet<ActorPath> { first, other, six, await SenderOf(null) }.Count);
    }

    [Fact]
    public async Task A_request_without_an_answer_times_out()
    {
        await Assert.ThrowsAsync<AskTimeoutException>(() => ClientAsk.AskAsync(Sys, TestActor, "silence", null, TimeSpan.FromMilliseconds(50), default));
        using var cancelled = new CancellationTokenSource();
        var asked = ClientAsk.AskAsync(Sys, TestActor, "silence", null, TimeSpan.FromSeconds(30), cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    private async Task<ActorPath> SenderOf(string? address)
    {
        var answer = ClientAsk.AskAsync(Sys, TestActor, "question", address is null ? null : IPAddress.Parse(address), TimeSpan.FromSeconds(10), default);
        await ExpectMsgAsync<string>();
        var sender = LastSender;

        // Found by its path too, as an answer from another server is.
        ((ExtendedActorSystem)Sys).Provider.ResolveActorRef(sender.Path.ToString()).Tell("answer");
        Assert.Equal("answer", await answer);
        return ProposalSender.Of(sender);
    }
}
