using System.Runtime.CompilerServices;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>Watching keys: in order, without gaps, whichever server is asked and whichever is gone.</summary>
public sealed partial class RaftClient
{
    // Below the time after which a client takes a server for silent (RaftClientSettings.AttemptTimeout).
    private static readonly TimeSpan ChangesWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ChangesPause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Tells an actor of committed changes by <see cref="KeysChanged"/>, until it stops or <see cref="WatchEnded"/> comes. It
    /// answers each by <see cref="ContinueWatch"/>. The same as sending <see cref="Client.Watch"/> to <see cref="Actor"/>.
    /// </summary>
    /// <param name="subscriber">The actor that is told; it belongs to this process.</param>
    /// <param name="from">The lowest index that is wanted; 0: what changes from now on.</param>
    /// <param name="prefix">What the keys that are wanted begin with; empty: all.</param>
    public void Watch(IActorRef subscriber, long from, ReadOnlyMemory<byte> prefix = default) =>
        Actor.Tell(new Watch(subscriber, from, prefix));

    /// <summary>Committed changes, as they come; ends by an exception, or when it is cancelled.</summary>
    /// <param name="from">The lowest index that is wanted; 0: what changes from now on.</param>
    /// <param name="prefix">What the keys that are wanted begin with; empty: all.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="RaftRequestException">
    /// The changes are forgotten (<see cref="ChangesForgotten"/>), or the group tells none (<see cref="InvalidRequest"/>).
    /// While no server answers, it waits.
    /// </exception>
    public async IAsyncEnumerable<KeyChange> WatchAsync(
        long from, ReadOnlyMemory<byte> prefix = default, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        for (var forgotten = 0; ;)
        {
            ChangesRead read;
            try
            {
                var next = new ReadChanges(from, prefix) { Wait = ChangesWait };
                read = await RequestAsync<ChangesRead>(next, null, cancellation).ConfigureAwait(false);
            }
            catch (RaftRequestException failed) when (failed.Failure is DeadlinePassed or Overloaded
                || (failed.Failure is ChangesForgotten && ++forgotten < RetryRule.ServersToAskForChanges))
            {
                await Task.Delay(ChangesPause, cancellation).ConfigureAwait(false);
                continue;
            }

            (from, forgotten) = (read.Next, 0);
            foreach (var change in read.Changes)
            {
                yield return change;
            }
        }
    }
}
