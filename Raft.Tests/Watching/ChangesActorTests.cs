using System.Text;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.Watching;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Watching;

/// <summary>What a server answers to who reads its changes.</summary>
public sealed class ChangesActorTests : TestKit
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private readonly ChangeFeed _feed = new(maxBytes: 1_000_000);
    private readonly IActorRef _changes;

    public ChangesActorTests(ITestOutputHelper output)
        : base("akka.test.single-expect-default = 10s", "changes", output) =>
        _changes = Sys.ActorOf(ChangesActor.Props(_feed, new WatchSettings { MaxWaiting = 2 }));

    [Fact]
    public async Task Changes_come_in_order_and_in_pieces_that_fit_into_a_message()
    {
        for (var index = 1; index <= 50; index++)
        {
            Put(index, "key", new string('x', 10_000));
        }

        Put(51, "key", new string('x', 90_000));
        var seen = new List<long>();
        for (var from = 1L; from <= 51;)
        {
            var read = await Read(from);
            Assert.True(read.Changes.Length == 1 || read.Changes.Sum(static change => change.Value!.Value.Length) <= 64 * 1024);
            seen.AddRange(read.Changes.Select(static change => change.Index));
            from = read.Next;
        }

        Assert.Equal(Enumerable.Range(1, 51).Select(static index => (long)index), seen);
    }

    [Fact]
    public async Task A_waiting_reader_gets_the_next_change_that_it_wants()
    {
        Put(1, "a", "x");
        Tell(2, "a", Long);
        Put(2, "b", "x");
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(100));
        Put(5, "a", "y");
        var read = await ExpectMsgAsync<ChangesRead>();
        Assert.Equal((6, 5), (read.Next, Assert.Single(read.Changes).Index));
    }

    [Fact]
    public async Task A_reader_that_waits_in_vain_learns_where_to_go_on()
    {
        Tell(1, "a", TimeSpan.FromMilliseconds(150));
        Put(7, "b", "x");
        var read = await ExpectMsgAsync<ChangesRead>();
        Assert.Equal(8, read.Next);
        Assert.Empty(read.Changes);
        Assert.Equal(8, (await Read(1, "a")).Next);
    }

    [Fact]
    public async Task Readers_are_told_of_forgotten_changes_even_while_they_wait()
    {
        Tell(1, "", Long);
        _feed.Restored(50);
        Assert.Equal(50, (await ExpectMsgAsync<ChangesForgotten>()).Forgotten);
        Tell(50, "", Long);
        Assert.Equal(50, (await ExpectMsgAsync<ChangesForgotten>()).Forgotten);
        Put(51, "a", "x");
        Assert.Equal(51, Assert.Single((await Read(51)).Changes).Index);
    }

    [Fact]
    public async Task Waiting_readers_are_limited_and_all_answered_at_the_stop()
    {
        Tell(1, "", Long);
        Tell(1, "", Long);
        Tell(1, "", Long);
        Assert.IsType<Overloaded>(await ExpectMsgAsync<object>());
        Sys.Stop(_changes);
        Assert.Equal(Outcome.NotDone, (await ExpectMsgAsync<ShuttingDown>()).Outcome);
        Assert.Equal(Outcome.NotDone, (await ExpectMsgAsync<ShuttingDown>()).Outcome);
        await ExpectNoMsgAsync(TimeSpan.FromMilliseconds(50));
    }

    private void Put(long index, string key, string value) => _feed.Applied(index, new KeyChange(index, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value)));

    private void Tell(long from, string prefix, TimeSpan wait) => _changes.Tell(new ReadChanges(from, Encoding.UTF8.GetBytes(prefix)) { Wait = wait }, TestActor);

    private async Task<ChangesRead> Read(long from, string prefix = "")
    {
        Tell(from, prefix, TimeSpan.Zero);
        return await ExpectMsgAsync<ChangesRead>();
    }
}
