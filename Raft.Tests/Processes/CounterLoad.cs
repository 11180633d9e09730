using System.Globalization;
using System.Text.Json;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Processes;

/// <summary>
/// Clients with sessions that increment counters: each reads a counter and writes what it read plus one over that version, and sends the same write again,
/// to any host, until it knows what became of it. A write that were applied twice, or lost, would show in the sum.
/// </summary>
internal sealed class CounterLoad : IAsyncDisposable
{
    private const int Counters = 8;

    private static readonly TimeSpan AfterFailure = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly HostClient[] _hosts;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _running;
    private int _increments;
    private int _copies;

    public CounterLoad(IReadOnlyList<HostProcess> hosts, int clients)
    {
        _hosts = [.. hosts.Select(static host => host.NewClient(Patience))];
        _running = [.. Enumerable.Range(0, clients).Select(number => Task.Run(() => RunAsync(new Random(TestSeed.Value + number))))];
    }

    /// <summary>Increments that are known to be done.</summary>
    public int Increments => Volatile.Read(ref _increments);

    /// <summary>How often a write was sent again because nobody could say what had become of it.</summary>
    public int Copies => Volatile.Read(ref _copies);

    /// <summary>Begins nothing new, and waits until every client knows what became of its last write.</summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TimeSpan.FromSeconds(120));
    }

    /// <summary>What the counters add up to, by linearizable reads of one host.</summary>
    public static async Task<int> SumAsync(HostProcess host)
    {
        var sum = 0;
        for (var counter = 0; counter < Counters; counter++)
        {
            var read = await host.Client.GetAsync(Key(counter));
            Assert.Equal(Known.Done, read.Outcome);
            sum += Value(read);
        }

        return sum;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        Array.ForEach(_hosts, static host => host.Dispose());
        _stop.Dispose();
    }

    private static string Key(int counter) => $"counter-{counter}";

    private static int Value(HostAnswer read) => read.Status == 200 ? int.Parse(read.Text, CultureInfo.InvariantCulture) : 0;

    private HostClient Any(Random random) => _hosts[random.Next(_hosts.Length)];

    private async Task RunAsync(Random random)
    {
        if (await BeginAsync(random) is not { } session)
        {
            return;
        }

        for (var sequence = 1L; !_stop.IsCancellationRequested; sequence++)
        {
            var key = Key(random.Next(Counters));
            var read = await Any(random).GetAsync(key);
            if (read.Outcome == Known.Done)
            {
                await IncrementAsync(random, key, read, (session, sequence));
            }
            else
            {
                await Task.Delay(AfterFailure);
            }
        }
    }

    private async Task<long?> BeginAsync(Random random)
    {
        while (!_stop.IsCancellationRequested)
        {
            var answer = await Any(random).AdministerAsync(HttpMethod.Post, "/sessions");
            if (answer.Status == 201)
            {
                using var document = JsonDocument.Parse(answer.Text);
                return document.RootElement.GetProperty("session").GetInt64();
            }

            await Task.Delay(AfterFailure);
        }

        return null;
    }

    private async Task IncrementAsync(Random random, string key, HostAnswer read, (long Id, long Sequence) session)
    {
        var value = (Value(read) + 1).ToString(CultureInfo.InvariantCulture);
        while (true)
        {
            var answer = await Any(random).PutAsync(key, value, read.Index, session);
            switch (answer.Status)
            {
                case 200:
                    Interlocked.Increment(ref _increments);
                    return;
                case 412:
                    // Another client was faster.
                    return;
                default:
                    Interlocked.Increment(ref _copies);
                    await Task.Delay(AfterFailure);
                    break;
            }
        }
    }
}
