using System.Collections.Concurrent;
using Akka.Actor;
using Xunit;

namespace Raft.Tests.Hosting;

/// <summary>
/// Actors run on threads of their own, and again after the dispatcher has been without any for a while, as between two lives
/// of a node.
/// </summary>
public sealed class DedicatedThreadsExecutorTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ActorSystem _system = ActorSystem.Create("threads", """
        two-threads {
          type = Dispatcher
          executor = "Raft.Actors.Dispatch.DedicatedThreadsExecutor, Raft.Actors"
          dedicated-threads.count = 2
          shutdown-timeout = 20ms
        }
        no-threads {
          type = Dispatcher
          executor = "Raft.Actors.Dispatch.DedicatedThreadsExecutor, Raft.Actors"
          dedicated-threads.count = 0
        }
        """);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _system.Terminate();

    [Fact]
    public async Task Actors_run_on_so_many_threads_as_are_asked_for_and_no_others()
    {
        var actors = Enumerable.Range(0, 8).Select(_ => Start()).ToArray();
        var names = new ConcurrentDictionary<string, bool>();
        await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
            names.TryAdd(await actors[i % actors.Length].Ask<string>("where", Patience), true)));
        Assert.Equal(2, names.Count);
        Assert.All(names.Keys, static name => Assert.StartsWith("two-threads-", name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Actors_that_come_when_its_threads_have_ended_get_new_ones()
    {
        var (first, thread) = (Start(), new TaskCompletionSource<Thread>());
        first.Tell(thread);
        var ended = await thread.Task.WaitAsync(Patience);
        await first.GracefulStop(Patience);
        Assert.True(ended.Join(Patience), "the thread of a dispatcher without actors has not ended");
        Assert.StartsWith("two-threads-", await Start().Ask<string>("where", Patience), StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_that_makes_no_sense_is_refused()
    {
        var refused = Assert.ThrowsAny<Exception>(
            () => _system.ActorOf(Props.Create(() => new WhereActor()).WithDispatcher("no-threads")));
        Assert.Contains("dedicated-threads.count = 0", refused.ToString(), StringComparison.Ordinal);
    }

    private IActorRef Start() => _system.ActorOf(Props.Create(() => new WhereActor()).WithDispatcher("two-threads"));

    private sealed class WhereActor : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is TaskCompletionSource<Thread> asked)
            {
                asked.SetResult(Thread.CurrentThread);
            }
            else
            {
                Sender.Tell(Thread.CurrentThread.Name ?? "a thread without a name");
            }
        }
    }
}
