using Akka.Actor;
using Raft.Actors.Protocol;
using Xunit;

namespace Raft.Tests.Hosting.Door;

/// <summary>What a stranger sends to a server over the real Akka.Remote, and what becomes of it.</summary>
public sealed class FrontDoorTests : DoorTest
{
    private static readonly string MarkerName = $"{typeof(Marker).FullName}, {typeof(Marker).Assembly.GetName().Name}";

    /// <summary>What a stranger may send, by name.</summary>
    public static TheoryData<string> Hostile => [.. Attacks.Keys];

    private static Dictionary<string, Action<FrontDoorTests>> Attacks { get; } = new()
    {
        ["any type, to nobody"] = static test => test.To("/user/nobody").Tell(Forgery.Json(MarkerName)),
        ["any type, to the supervisor"] = static test => test.To("/user/raft-g").Tell(Forgery.Json(MarkerName)),
        ["any type, to a selection"] = static test => test.Selected("/user/raft-g").Tell(Forgery.Json(MarkerName)),
        ["any type, in an Identify"] = static test =>
            test.To("/user/raft-g").Tell(new Forgery(16, "ID", Forgery.Json(MarkerName).AsField())),
        ["the node's own word, as JSON"] = static test =>
            test.To("/user/raft-g").Tell(Forgery.Json("Raft.Actors.Node.NodeFailed, Raft.Actors", ",\"Reason\":\"no\"")),
        ["an actor, deployed from afar"] = static test => _ = test.StrangersSystem.ActorOf(
            Props.Create(static () => new MarkerActor()).WithDeploy(new Deploy(new RemoteScope(Address.Parse(test.ServersAddress))))),
        ["poison"] = static test => test.To("/user/raft-g").Tell(PoisonPill.Instance),
        ["poison, to a selection"] = static test => test.Selected("/user/raft-g").Tell(PoisonPill.Instance),
        ["poison, to the node"] = static test => test.Selected("/user/raft-g/*").Tell(PoisonPill.Instance),
        ["kill"] = static test => test.To("/user/raft-g").Tell(Kill.Instance),
        ["a stop"] = static test => ((IInternalActorRef)test.To("/user/raft-g")).Stop(),
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task An_attack_creates_no_object_and_the_server_goes_on(string attack)
    {
        await StartAsync();
        var (made, deployed) = (Marker.Made, MarkerActor.Made);
        for (var time = 0; time < 50; time++)
        {
            Attacks[attack](this);
        }

        // On the same connection, behind all of it; and once more, for what works on in the background.
        await ServesAsync();
        await ServesAsync();
        Assert.Equal((made, deployed), (Marker.Made, MarkerActor.Made));
        Assert.Contains(Lines, static line => line.Contains("refused a message from", StringComparison.Ordinal));
        Assert.InRange(Lines.Count, 1, 2);
    }

    /// <summary>What the tests above rest on: without the door the very same is read.</summary>
    [Fact]
    public async Task Without_the_door_an_attack_creates_its_object()
    {
        await StartAsync("door { enabled = off }");
        await MadeAsync();
    }

    [Fact]
    public async Task An_application_opens_what_it_needs()
    {
        await StartAsync("door { serializers = [ 1 ] }");
        await MadeAsync();
        Assert.Empty(Lines);
        To("/user/raft-g").Tell(PoisonPill.Instance);
        await ServesAsync();
        Assert.Contains("serializer 16 is let in, its message 'PP' is not", Assert.Single(Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_looks_for_the_group_finds_it()
    {
        await StartAsync();
        var found = await Selected("/user/raft-g").ResolveOne(Patience);
        Assert.IsType<Applied>(await found.Ask<object>(new Apply("c"u8.ToArray()), Patience));
        Assert.Empty(Lines);
    }

    private async Task MadeAsync()
    {
        var made = Marker.Made;
        To("/user/nobody").Tell(Forgery.Json(MarkerName));
        await ServesAsync();
        Assert.Equal(made + 1, Marker.Made);
    }

    /// <summary>Counts what is made of it by Newtonsoft.Json, as a stand-in for what does harm when it is made.</summary>
    public sealed class Marker
    {
        private static int _made;

        public Marker() => Interlocked.Increment(ref _made);

        public static int Made => Volatile.Read(ref _made);
    }

    private sealed class MarkerActor : ReceiveActor
    {
        private static int _made;

        public MarkerActor() => Interlocked.Increment(ref _made);

        public static int Made => Volatile.Read(ref _made);
    }
}
