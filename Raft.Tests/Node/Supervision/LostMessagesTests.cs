using Akka.Actor;
using Akka.Event;
using Akka.TestKit.Xunit2;
using Raft.Actors.Applying;
using Raft.Actors.Node.Supervision;
using Raft.Actors.Protocol;
using Raft.Actors.Snapshots;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Node.Supervision;

public sealed class LostMessagesTests : TestKit
{
    private static readonly RaftFailure NotDone = new Unavailable("down");

    private readonly IActorRef _node;
    private readonly IActorRef _child;
    private readonly LostMessages _lost;

    public LostMessagesTests()
    {
        _node = Sys.ActorOf(Props.Create(static () => new Parent()), "node");
        _child = new Named(_node.Path / "state-machine");
        _lost = new LostMessages(_node.Path);
    }

    [Fact]
    public void Who_asked_is_told_that_nothing_was_done()
    {
        Lose(new Read("query"), _node);
        Assert.Equal(NotDone, ExpectMsg<RaftFailure>());

        Lose(RunQueries.One("query", TestActor), _child);
        Assert.Equal(NotDone, ExpectMsg<RaftFailure>());
    }

    [Fact]
    public void Who_waits_for_an_entry_is_told_what_is_known_of_it()
    {
        var log = LogBuilder.LogOf(1, 1, 1).View;

        Lose(new ApplyCommitted(log, 3, [new PendingReply(2, TestActor), new PendingReply(3, TestActor)]), _child);

        Assert.Equal(new StorageFailed("2", Outcome.Unknown), ExpectMsg<StorageFailed>());
        Assert.Equal(new StorageFailed("3", Outcome.Unknown), ExpectMsg<StorageFailed>());
    }

    [Fact]
    public void A_view_that_nobody_will_read_is_let_go()
    {
        using var view = new View();

        Lose(new ViewTaken(1, 1, 1, [], [], view), _node);

        Assert.Equal(1, view.Disposals);
    }

    [Fact]
    public void What_was_lost_elsewhere_or_asks_for_the_end_is_left_alone()
    {
        using var view = new View();
        var elsewhere = new Named(_node.Path.Parent / "other");

        Lose(new Read("query"), elsewhere);
        Lose(RunQueries.One("query", TestActor), elsewhere);
        Lose(new ViewTaken(1, 1, 1, [], [], view), elsewhere);
        Lose(new Shutdown(), _node);

        // An answer to any of them would have come before this.
        TestActor.Tell("the end");
        ExpectMsg("the end");
        Assert.Equal(0, view.Disposals);
    }

    private void Lose(object message, IActorRef recipient) => _lost.Answer(
        new DeadLetter(message, TestActor, recipient),
        NotDone,
        static index => new StorageFailed($"{index}", Outcome.Unknown),
        ActorRefs.Nobody);

    private sealed class Parent : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class Named(ActorPath path) : MinimalActorRef
    {
        public override ActorPath Path { get; } = path;

        public override IActorRefProvider Provider => throw new NotSupportedException();
    }

    private sealed class View : IStateMachineSnapshot
    {
        public int Disposals { get; private set; }

        public IEnumerable<ReadOnlyMemory<byte>> Blocks() => throw new NotSupportedException();

        public void Dispose() => Disposals++;
    }
}
