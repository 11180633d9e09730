using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Processes;

/// <summary>
/// Clients that write without end, and remember each answer. A writer puts one key after the other and never the same twice, so
/// that a key's version says at which index it was written; a lister appends numbers to one value by compare-and-set.
/// </summary>
internal sealed class WriteLoad : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(50);

    // A server that stands still holds each client for this long; what it was sent is then unknown.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HostClient[] _hosts;
    private readonly ConcurrentQueue<string> _contradictions = new();
    private readonly ConcurrentQueue<long> _acknowledged = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Client> _clients = [];
    private readonly List<Task> _running;
    private volatile TaskCompletionSource? _hold;
    private int _busy;

    public WriteLoad(IReadOnlyList<HostProcess> hosts, int writers = 4, int listers = 2)
    {
        _hosts = [.. hosts.Select(static host => host.NewClient(Patience))];
        for (var i = 0; i < writers + listers; i++)
        {
            _clients.Add(new Client(i < writers ? $"w{i}" : $"l{i}", i >= writers, new Random(TestSeed.Value + i)));
        }

        _running = [.. _clients.Select(client => Task.Run(() => RunAsync(client)))];
    }

    /// <summary>Writes that are known to be done.</summary>
    public int Acknowledged => _clients.Sum(static client => client.Writes.Count(static write => write.Answer.Outcome == Known.Done));

    public int Unknown => _clients.Sum(static client => client.Writes.Count(static write => write.Answer.Outcome == Known.Unknown));

    public int NotDone => _clients.Sum(static client => client.Writes.Count(static write => write.Answer.Outcome == Known.NotDone));

    /// <summary>Answers of hosts that say that they do not know. (A connection that is cut off in the midst of a request is no answer.)</summary>
    public IReadOnlyList<HostAnswer> AnsweredUnknown =>
        [.. _clients.SelectMany(static client => client.Writes).Select(static write => write.Answer).Where(static answer => answer is { Outcome: Known.Unknown, Status: > 0 })];

    /// <summary>The highest index of an acknowledged write.</summary>
    public long LastIndex => _clients.Max(static client => client.LastIndex);

    /// <summary>The longest time in which no write was acknowledged, from the first on.</summary>
    public TimeSpan LongestGap()
    {
        var times = _acknowledged.Order().ToArray();
        return times.Length < 2 ? TimeSpan.Zero : times.Skip(1).Zip(times, static (later, earlier) => Stopwatch.GetElapsedTime(earlier, later)).Max();
    }

    /// <summary>Begins to measure <see cref="LongestGap"/> anew.</summary>
    public void ForgetGaps() => _acknowledged.Clear();

    /// <summary>Waits until this many further writes are acknowledged.</summary>
    public async Task ProgressAsync(HostCluster cluster, int writes = 20, TimeSpan? patience = null)
    {
        var from = Acknowledged;
        await cluster.EventuallyAsync(
            () =>
            {
                Assert.True(Acknowledged >= from + writes, $"only {Acknowledged - from} of {writes} writes were acknowledged");
                return Task.CompletedTask;
            },
            patience);
    }

    /// <summary>Lets the clients finish what they have begun, and begin nothing more until <see cref="Resume"/>.</summary>
    public async Task HoldAsync()
    {
        _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        while (Volatile.Read(ref _busy) > 0)
        {
            await Task.Delay(10);
        }
    }

    public void Resume()
    {
        var hold = _hold;
        _hold = null;
        hold?.SetResult();
    }

    /// <summary>
    /// Holds what a state says against what the clients were told: what was acknowledged is there, once, at the index that was
    /// said; what was refused is not; and nothing is there that nobody wrote.
    /// </summary>
    public void Check(HostListing state)
    {
        Assert.Empty(_contradictions);
        var keys = new Dictionary<string, long>(state.Keys, StringComparer.Ordinal);
        Assert.Equal(keys.Count, keys.Values.Distinct().Count());
        foreach (var client in _clients.Where(static client => !client.IsLister))
        {
            var last = 0L;
            foreach (var write in client.Writes)
            {
                var isThere = keys.Remove(write.Key, out var version);
                switch (write.Answer.Outcome)
                {
                    case Known.Done:
                        Assert.True(isThere, $"{write.Key} was acknowledged at {write.Answer.Index} and is lost");
                        Assert.True(version == write.Answer.Index, $"{write.Key} was acknowledged at {write.Answer.Index} and stands at {version}");
                        Assert.True(version > last, $"{write.Key} at {version} stands before what was acknowledged before it, at {last}");
                        last = version;
                        break;
                    case Known.NotDone:
                        Assert.False(isThere, $"{write.Key} was refused ({write.Answer.Status} {write.Answer.Text}) and stands at {version}");
                        break;
                }
            }
        }

        foreach (var client in _clients.Where(static client => client.IsLister))
        {
            keys.Remove(client.ListKey);
        }

        Assert.Empty(keys);
    }

    /// <summary>Holds each list against what its client was told: every acknowledged number is in it, once, in order.</summary>
    public async Task CheckListsAsync(HostCluster cluster)
    {
        foreach (var client in _clients.Where(static client => client.IsLister && !client.Writes.IsEmpty))
        {
            foreach (var host in cluster.Hosts)
            {
                HostAnswer? answer = null;
                await cluster.EventuallyAsync(async () => Assert.Equal(Known.Done, (answer = await host.Client.GetAsync(client.ListKey)).Outcome));
                var numbers = Numbers(answer!.Text);
                Assert.Equal(numbers.Distinct(), numbers);
                Assert.Equal(numbers.Order(), numbers);
                Assert.Empty(client.Writes.Where(static write => write.Answer.Outcome == Known.Done).Select(static write => write.Number).Except(numbers));
                Assert.Empty(client.Writes.Where(static write => write.Answer.Outcome == Known.NotDone).Select(static write => write.Number).Intersect(numbers));
            }
        }
    }

    /// <summary>Holds a log against what the clients were told: no command of a writer is in it twice.</summary>
    public void Check(IEnumerable<JournalWrite> log)
    {
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var write in log.Where(write => _clients.Any(client => !client.IsLister && write.Key.StartsWith(client.Name + "-", StringComparison.Ordinal))))
        {
            Assert.True(places.TryAdd(write.Key, write.Index), $"{write.Key} is in the log at {places[write.Key]} and again at {write.Index}");
        }
    }

    public override string ToString() =>
        $"{Acknowledged} done, {NotDone} not done, {Unknown} unknown; " + string.Join("; ", _clients
            .SelectMany(static client => client.Writes.Where(static write => write.Answer.Outcome != Known.Done))
            .GroupBy(static write => $"{write.Answer.Outcome} {write.Answer.Status}")
            .Select(static group => $"{group.Key}: {group.Count()}"));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Resume();
        await Task.WhenAll(_running);
        Array.ForEach(_hosts, static host => host.Dispose());
        _stop.Dispose();
    }

    private static int[] Numbers(string list) =>
        [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];

    private async Task RunAsync(Client client)
    {
        while (!_stop.IsCancellationRequested)
        {
            Interlocked.Increment(ref _busy);
            try
            {
                if (_hold is null)
                {
                    await (client.IsLister ? AppendAsync(client) : WriteAsync(client));
                }
            }
            finally
            {
                Interlocked.Decrement(ref _busy);
            }

            await (_hold?.Task ?? Task.Delay(Pause));
        }
    }

    private HostClient Any(Client client) => _hosts[client.Random.Next(_hosts.Length)];

    private async Task WriteAsync(Client client)
    {
        var number = client.NextNumber++;
        var key = $"{client.Name}-{number:D6}";
        var value = $"value of {key}";
        var answer = await Any(client).PutAsync(key, value);
        client.Add(new Write(key, number, answer));
        if (answer.Outcome == Known.Done)
        {
            _acknowledged.Enqueue(Stopwatch.GetTimestamp());
        }

        if (answer.Outcome == Known.NotDone)
        {
            await Task.Delay(AfterRefusal);
        }

        if (answer.Outcome != Known.Done || number % 8 != 0)
        {
            return;
        }

        // A linearizable read that begins behind an acknowledged write sees it, wherever it is asked.
        var reader = Any(client);
        var read = await reader.GetAsync(key);
        if (read.Outcome == Known.Done && (read.Status != 200 || read.Index != answer.Index || read.Text != value))
        {
            _contradictions.Enqueue($"{key} was acknowledged at {answer.Index}, and then {reader.Id} read: {read}");
        }
    }

    private async Task AppendAsync(Client client)
    {
        var read = await Any(client).GetAsync(client.ListKey);
        if (read.Outcome != Known.Done)
        {
            return;
        }

        var list = read.Status == 200 ? read.Text : string.Empty;
        var known = Numbers(list);
        if (client.Writes.Where(static write => write.Answer.Outcome == Known.Done).Select(static write => write.Number).Except(known).Any())
        {
            _contradictions.Enqueue($"{client.ListKey} lacks numbers that were acknowledged: {read}");
        }

        var number = client.NextNumber++;
        var answer = await Any(client).PutAsync(client.ListKey, list.Length == 0 ? $"{number}" : $"{list},{number}", read.Index);
        client.Add(new Write(client.ListKey, number, answer));
        await Task.Delay(20);
    }

    private sealed record Write(string Key, int Number, HostAnswer Answer);

    private sealed class Client(string name, bool isLister, Random random)
    {
        private readonly ConcurrentQueue<Write> _writes = new();

        public string Name => name;

        public bool IsLister => isLister;

        public Random Random => random;

        public string ListKey => $"list-{name}";

        public int NextNumber { get; set; }

        public long LastIndex { get; private set; }

        public ConcurrentQueue<Write> Writes => _writes;

        public void Add(Write write)
        {
            _writes.Enqueue(write);
            if (write.Answer.Outcome == Known.Done)
            {
                LastIndex = write.Answer.Index;
            }
        }
    }
}
