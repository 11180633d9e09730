using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Tests.Infrastructure;

/// <summary>A request that was sent by Tell, and every answer that came to it: one, if the node keeps its word.</summary>
public sealed class Inquiry(ActorSystem system, TestServer server, string command) : MinimalActorRef
{
    private static long _count;

    private readonly ConcurrentQueue<object> _answers = new();
    private readonly TaskCompletionSource<object> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TestServer Server => server;

    public string Command => command;

    public ImmutableArray<object> Answers => [.. _answers];

    /// <summary>The first answer.</summary>
    public Task<object> Answer => _first.Task;

    /// <summary>What a client may conclude from its first answer; null where none has come.</summary>
    public Outcome? Outcome =>
        !_first.Task.IsCompleted
            ? null
            : _first.Task.Result is RaftFailure failure ? failure.Outcome
            : Actors.Protocol.Outcome.Done;

    public override ActorPath Path { get; } =
        new RootActorPath(new Address("akka", "raft-test")) / "inquiries" / $"{Interlocked.Increment(ref _count)}";

    public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

    public override string ToString() => $"{command} at {server.Id}: {string.Join(" then ", _answers)}";

    protected override void TellInternal(object message, IActorRef sender)
    {
        _answers.Enqueue(message);
        _first.TrySetResult(message);
    }
}
