using System.Collections.Concurrent;
using Akka.Actor;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>
/// A flood of commands to a leader with a slow disk: each is answered, memory stays within its bound, and nobody else is
/// starved.
/// </summary>
public sealed class FloodTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Commands = 100_000;

    private static readonly TimeSpan DiskTime = TimeSpan.FromMilliseconds(20);

    protected override RaftSettings SettingsOf(int number, int size) => base.SettingsOf(number, size) with
    {
        Intake = new IntakeSettings { MaxCommandsInFlight = 2000, MaxBytesInFlight = 1024 * 1024, MaxBytesWaiting = 1024 * 1024 },
    };

    [Fact]
    public async Task Each_command_of_a_flood_is_answered_and_another_sender_gets_its_share()
    {
        StartCluster(3);
        var leader = await Leader();
        leader.Journal.WriteTime = DiskTime;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var counting = new ConcurrentDictionary<Type, int>();
        var flood = Sys.ActorOf(Props.Create(() => new Counter(counting)), "flood");
        var term = (await StatusOf(leader)).Term;
        using var watching = new CancellationTokenSource();
        var longest = LongestSilenceAsync(leader, watching.Token);
        var node = await Sys.ActorSelection(leader.Supervisor.Path / RaftSupervisor.NodeName).ResolveOne(Patience);
        var most = 0;
        for (var number = 0; number < Commands; number++)
        {
            // Bytes of its own each: what waits anywhere is memory.
            leader.Supervisor.Tell(new Apply(new byte[1024]), flood);
            most = Math.Max(most, Math.Max(WaitingAt(leader.Supervisor), WaitingAt(node)));
        }

        // Others are not turned away more often than now and then, while the flood lasts and after it.
        var other = Sys.ActorOf(Props.Create(() => new Writer(leader.Supervisor)), "other");
        var taken = await other.Ask<Written>(new Write(50), Patience * 3);
        await Eventually(() =>
        {
            Assert.Equal(Commands, counting.Values.Sum());
            return Task.CompletedTask;
        });
        Output?.WriteLine(
            $"{string.Join(", ", counting.Select(static pair => $"{pair.Key.Name} {pair.Value}"))}; the other had "
                + $"{taken.Refused} of {taken.Refused + 50} refused");
        Assert.Equal([nameof(Applied), nameof(Overloaded)], counting.Keys.Select(static type => type.Name).Order());
        Assert.True(taken.Refused <= 5, $"{taken.Refused} refused");

        await watching.CancelAsync();
        Output?.WriteLine(
            $"at most {most} messages waited; the followers did not hear their leader for "
                + $"{(await longest).TotalMilliseconds:0} ms at most");
        Assert.InRange(most, 1, 16384 + 1000);
        leader.Journal.WriteTime = TimeSpan.Zero;
        await Apply(leader, "after");
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(held < 200_000_000, $"{held} bytes are held");
        Assert.Equal((leader.Id, term), ((await Leader()).Id, (await StatusOf(leader)).Term));
        Assert.Equal(0, (await StatusOf(leader)).InFlight);
    }

    private static int WaitingAt(IActorRef actor) => ((ActorRefWithCell)actor).Underlying.NumberOfMessages;

    /// <summary>The longest time for which a follower had not heard the leader.</summary>
    private async Task<TimeSpan> LongestSilenceAsync(TestServer leader, CancellationToken until)
    {
        var longest = TimeSpan.Zero;
        while (!until.IsCancellationRequested)
        {
            foreach (var follower in Servers.Where(server => server.Id != leader.Id))
            {
                var silence = (await StatusOf(follower)).LastLeaderContact ?? TimeSpan.Zero;
                longest = silence > longest ? silence : longest;
            }

            await Task.Delay(5, CancellationToken.None);
        }

        return longest;
    }

    private sealed record Write(int Commands);

    private sealed record Written(int Refused);

    private sealed class Counter : ReceiveActor
    {
        public Counter(ConcurrentDictionary<Type, int> counting) =>
            ReceiveAny(answer => counting.AddOrUpdate(answer.GetType(), 1, static (_, count) => count + 1));
    }

    /// <summary>Writes one command after the other, and each again until it is applied.</summary>
    private sealed class Writer : ReceiveActor, IWithTimers
    {
        private readonly IActorRef _raft;
        private IActorRef _asker = ActorRefs.Nobody;
        private int _left;
        private int _refused;

        public Writer(IActorRef raft)
        {
            _raft = raft;
            Receive<Write>(write =>
            {
                (_asker, _left) = (Sender, write.Commands);
                Next();
            });
            Receive<Applied>(_ =>
            {
                _left--;
                Next();
            });
            Receive<RaftFailure>(failure =>
            {
                _refused++;
                Timers.StartSingleTimer("again", "again", (failure as Overloaded)?.RetryAfter ?? TimeSpan.FromMilliseconds(50));
            });
            Receive<string>(_ => Next());
        }

        public ITimerScheduler Timers { get; set; } = null!;

        private void Next()
        {
            if (_left > 0)
            {
                _raft.Tell(new Apply(new byte[1024]));
            }
            else
            {
                _asker.Tell(new Written(_refused));
            }
        }
    }
}
