using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace Raft.Benchmarks.Flood;

/// <summary>
/// A journal on a disk that takes a set time for each write, and that keeps nothing: what a flood leaves in memory is then
/// the library's and not the journal's. For one life of a node.
/// </summary>
public sealed class SlowDisk(Config config) : AsyncWriteJournal
{
    // A journal is made anew when it fails; the numbers must go on.
    private static readonly ConcurrentDictionary<string, long> Highest = [];

    private readonly TimeSpan _writeTime = config.GetTimeSpan("write-time");

    public override Task<long> ReadHighestSequenceNrAsync(
        string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) =>
        Task.FromResult(Highest.GetValueOrDefault(persistenceId));

    public override Task ReplayMessagesAsync(
        IActorContext context,
        string persistenceId,
        long fromSequenceNr,
        long toSequenceNr,
        long max,
        Action<IPersistentRepresentation> recoveryCallback) => Task.CompletedTask;

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(
        IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        foreach (var write in messages)
        {
            Highest[write.PersistenceId] = write.HighestSequenceNr;
        }

        await Task.Delay(_writeTime, cancellationToken).ConfigureAwait(false);
        return null!;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) =>
        Task.CompletedTask;
}
