using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Raft.Actors.Hosting;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Serialization;

/// <summary>Two actor systems with the real Akka.Remote between them.</summary>
public sealed class RemoteSerializationTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private ActorSystem _client = null!;
    private ActorSystem _server = null!;
    private ActorSelection _inbox = null!;
    private TaskCompletionSource<object> _received = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task InitializeAsync()
    {
        _client = StartSystem("client", typeof(Deposit), typeof(Account), typeof(Unlisted));
        _server = StartSystem("server", typeof(Account), typeof(Deposit), typeof(Node));
        _server.ActorOf(Props.Create(() => new Inbox(this)), "inbox");
        var address = ((ExtendedActorSystem)_server).Provider.DefaultAddress;
        _inbox = _client.ActorSelection(new RootActorPath(address) / "user" / "inbox");
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.WhenAll(_client.Terminate(), _server.Terminate());

    [Fact]
    public async Task A_listed_command_arrives_checked_and_encoded()
    {
        var (received, answer) = await AskAsync(new Apply(new Deposit("a", 7)), new Applied(1, 2, new Deposit("b", 8)));
        var command = Assert.IsType<EncodedPayload>(Assert.IsType<Apply>(received).Command);
        Assert.Equal(new Deposit("a", 7), Samples.Codec.Decode(command));
        Assert.Equal(new Applied(1, 2, new Deposit("b", 8)), answer);
    }

    [Fact]
    public async Task A_listed_query_arrives_as_an_object()
    {
        var (received, answer) = await AskAsync(new Read(new Deposit("a", 7)), new ReadResult(1, "text"));
        Assert.Equal(new Read(new Deposit("a", 7)), received);
        Assert.Equal(new ReadResult(1, "text"), answer);
    }

    [Fact]
    public async Task A_command_that_the_server_does_not_list_arrives_as_unreadable()
    {
        var (received, answer) = await AskAsync(new Apply(new Unlisted("x")), new InvalidRequest("no"));
        Assert.Contains(
            "Raft.Tests.Serialization.Unlisted", Assert.IsType<UnreadableRequest>(received).Reason, StringComparison.Ordinal);
        Assert.Equal(new InvalidRequest("no"), answer);
    }

    [Fact]
    public async Task A_command_that_the_client_does_not_list_arrives_as_unreadable()
    {
        var (received, _) = await AskAsync(new Apply(new Node(1, null)), new InvalidRequest("no"));
        var reason = Assert.IsType<UnreadableRequest>(received).Reason;
        Assert.Contains("raft.types", reason, StringComparison.Ordinal);
        Assert.Contains("Node", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_the_client_does_not_list_says_that_the_command_may_be_applied()
    {
        var (_, answer) = await AskAsync(new Apply(new byte[] { 1 }), new Applied(9, 2, new Node(1, null)));
        var failure = Assert.IsType<StateMachineFailed>(answer);
        Assert.Equal((9, Outcome.Unknown), (failure.Index, failure.Outcome));
    }

    [Fact]
    public async Task A_result_that_the_server_does_not_list_says_that_the_command_may_be_applied()
    {
        var (_, answer) = await AskAsync(new Apply(new byte[] { 1 }), new Applied(9, 2, new Unlisted("x")));
        Assert.Equal(Outcome.Unknown, Assert.IsType<StateMachineFailed>(answer).Outcome);
        (_, answer) = await AskAsync(new Read(new byte[] { 1 }), new ReadResult(9, new Unlisted("x")));
        Assert.Equal(Outcome.NotDone, Assert.IsType<StateMachineFailed>(answer).Outcome);
    }

    [Fact]
    public async Task A_peer_message_arrives()
    {
        var header = new PeerHeader(ProtocolVersion.Current, "g", new ServerId("a"), new ServerId("b"), 7);
        ImmutableArray<LogEntry> entries = [new(
            1, 1, EntryKind.Command, new EncodedPayload(PayloadFormat.Bytes, new byte[50_000]), default, 0)];
        var message = new AppendEntries(header, 1, 0, 0, entries, 0);
        var (received, _) = await AskAsync(message, new ShutdownComplete());
        Assert.Equal(Dump.Of(message), Dump.Of(received));
    }

    [Fact]
    public void Everything_of_ours_is_bound_and_stays_so_when_an_extension_adds_to_the_configuration()
    {
        _client.Settings.InjectTopLevelFallback("added.later = true");
        var serialization = _client.Serialization;
        foreach (var (_, message) in Samples.All)
        {
            Assert.IsType<RaftMessageSerializer>(serialization.FindSerializerFor(message));
        }

        Assert.IsType<RaftMessageSerializer>(serialization.FindSerializerFor(new UnreadableRequest("x")));
        Assert.Equal(
            [typeof(Account), typeof(Deposit), typeof(Unlisted)], RaftSerialization.CodecOf(_client).Types.AsEnumerable());
        Assert.NotSame(
            serialization.FindSerializerForType(typeof(Apply)), _server.Serialization.FindSerializerForType(typeof(Apply)));
    }

    [Fact]
    public void A_journal_finds_the_serializer_by_its_number_and_the_manifest()
    {
        var journalEvent = new HardStateChanged(3, new ServerId("a"));
        var serializer = (SerializerWithStringManifest)_client.Serialization.FindSerializerFor(journalEvent);
        Assert.Equal(21057, serializer.Identifier);
        var read = _server.Serialization.Deserialize(
            serializer.ToBinary(journalEvent), serializer.Identifier, serializer.Manifest(journalEvent));
        Assert.Equal(journalEvent, read);
    }

    private static ActorSystem StartSystem(string name, params Type[] types)
    {
        var system = ActorSystem.Create(name, ConfigurationFactory.ParseString(
            $$"""
            raft.types = [{{string.Join(", ", types.Select(static type => $"\"{type.AssemblyQualifiedName}\""))}}]
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = WARNING
            """));
        _ = RaftExtension.Get(system);
        return system;
    }

    private async Task<(object Received, object Answer)> AskAsync(object message, object answer)
    {
        _received = new TaskCompletionSource<object>(answer, TaskCreationOptions.RunContinuationsAsynchronously);
        var reply = await _inbox.Ask<object>(message, Patience);
        return (await _received.Task.WaitAsync(Patience), reply);
    }

    private sealed class Inbox : ReceiveActor
    {
        public Inbox(RemoteSerializationTests test) => ReceiveAny(message =>
        {
            var received = test._received;
            Sender.Tell(received.Task.AsyncState);
            received.SetResult(message);
        });
    }
}
