using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Tests.Host;

/// <summary>Stands for the raft actor: answers each request with what a test says; null stays silent.</summary>
internal sealed class FakeRaft : ReceiveActor
{
    public FakeRaft(Func<IRaftRequest, object?> answer) => Receive<IRaftRequest>(request =>
    {
        if (answer(request) is { } reply)
        {
            Sender.Tell(reply);
        }
    });
}
