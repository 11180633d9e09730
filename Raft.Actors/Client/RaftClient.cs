using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Hosting;
using Raft.Actors.Membership.Discovery;
using Raft.Actors.Node;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Client;

/// <summary>
/// A group's client, with tasks. It finds and follows the leader and tries again what is safe to try again. It throws a
/// <see cref="RaftRequestException"/> that says what you may conclude. Use it in actor systems inside and outside the group.
/// Actors send <see cref="ClientRequest"/> to its <see cref="Actor"/>.
/// </summary>
public sealed partial class RaftClient
{
    // The actor keeps the time; this is for when it is gone.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _timeout;

    /// <summary>Makes a front for a client's actor.</summary>
    /// <param name="actor">The actor.</param>
    /// <param name="timeout">How long a request may take that names no timeout; null: 10 seconds.</param>
    public RaftClient(IActorRef actor, TimeSpan? timeout = null)
    {
        Actor = actor;
        _timeout = timeout ?? TimeSpan.FromSeconds(10);
    }

    /// <summary>The client's actor.</summary>
    public IActorRef Actor { get; }

    /// <summary>Starts a client in an actor system, at <c>/user/raft-client-{group}</c>.</summary>
    /// <exception cref="RaftConfigurationException">A setting is wrong.</exception>
    /// <exception cref="InvalidActorNameException">The system has a client of this group already.</exception>
    public static RaftClient Start(ActorSystem system, RaftClientSettings settings)
    {
        _ = RaftExtension.Get(system);
        var extended = (ExtendedActorSystem)system;
        var path = $"/user/{RaftSupervisor.NameOf(settings.Validate().Group)}";
        var props = RaftClientActor.Props(
            settings,
            address => extended.Provider.ResolveActorRef(address + path),
            RaftExtension.NewSeed(),
            ContactsOf(system, settings));
        return new RaftClient(system.ActorOf(props, $"raft-client-{settings.Group}"), settings.Timeout);
    }

    private static Func<ImmutableArray<string>>? ContactsOf(ActorSystem system, RaftClientSettings settings)
    {
        if (settings.ClusterRole is not { } role)
        {
            return null;
        }

        RaftSettings.Check(
            ((ExtendedActorSystem)system).Provider is Akka.Cluster.IClusterActorRefProvider,
            nameof(settings.ClusterRole), role, "needs akka.actor.provider = cluster");
        return () =>
        [
            .. ClusterView.Of(system, role).Members
                .Where(static member => member.IsReachable)
                .Select(static member => member.Address)
                .Concat(settings.Contacts).Distinct(),
        ];
    }

    /// <summary>Has a command applied.</summary>
    /// <exception cref="RaftRequestException">It was not, or that is not known.</exception>
    public Task<Applied> ApplyAsync(object command, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        RequestAsync<Applied>(new Apply(command), timeout, cancellation);

    /// <summary>Asks the state machine.</summary>
    /// <exception cref="RaftRequestException">There was no answer that is fresh enough.</exception>
    public Task<ReadResult> ReadAsync(
        object query,
        ReadConsistency consistency = ReadConsistency.Linearizable,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default) =>
        RequestAsync<ReadResult>(new Read(query, consistency), timeout, cancellation);

    /// <summary>
    /// Replaces the group's state by a snapshot's (see <see cref="RestoreRequest"/>), a piece at a time. It goes on under the
    /// next leader, and from where an earlier attempt with the same content ended.
    /// </summary>
    /// <param name="content">The snapshot's content, read from where it stands.</param>
    /// <param name="bytes">How long it is.</param>
    /// <param name="checksum">Its CRC-32C.</param>
    /// <param name="timeout">How long one step may take; null: the client's time. The last step takes as long as the state
    /// machines take to read the state.</param>
    /// <param name="cancellation">Gives up; the state then stays as it is, unless the last step had been sent.</param>
    /// <exception cref="RaftRequestException">The state was not replaced, or that is not known.</exception>
    /// <exception cref="EndOfStreamException">The content is shorter.</exception>
    public async Task<SnapshotRestored> RestoreSnapshotAsync(
        Stream content, long bytes, uint checksum, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        return (SnapshotRestored)await SnapshotUpload
            .SendAsync(content, bytes, checksum, SendAsync, static reply => reply, cancellation)
            .ConfigureAwait(false);

        async Task<IRaftReply> SendAsync(IRaftRequest step) => step switch
        {
            BeginRestore => await RequestAsync<RestoreBegun>(step, timeout, cancellation).ConfigureAwait(false),
            RestoreBlock => await RequestAsync<RestoreBlockTaken>(step, timeout, cancellation).ConfigureAwait(false),
            _ => await RequestAsync<SnapshotRestored>(step, timeout, cancellation).ConfigureAwait(false),
        };
    }

    /// <summary>Asks the state machine of any server whose state is at most this old.</summary>
    /// <exception cref="RaftRequestException">No server was.</exception>
    public Task<ReadResult> ReadBoundedAsync(
        object query, TimeSpan maxStaleness, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        RequestAsync<ReadResult>(new Read(query, ReadConsistency.Bounded) { MaxStaleness = maxStaleness }, timeout, cancellation);

    /// <summary>Has any request answered.</summary>
    /// <exception cref="RaftRequestException">It failed.</exception>
    public async Task<T> RequestAsync<T>(IRaftRequest request, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var time = timeout ?? _timeout;
        object answer;
        try
        {
            answer = await Actor.Ask<object>(new ClientRequest(request, time), time + Grace, cancellation).ConfigureAwait(false);
        }
        catch (AskTimeoutException gone)
        {
            throw new RaftRequestException(new DeadlinePassed(Outcome.Unknown, 0, "the client's actor is gone"), gone);
        }

        return answer switch
        {
            T expected => expected,
            RaftFailure failure => throw new RaftRequestException(failure),
            _ => throw new InvalidOperationException($"{request.GetType().Name} was answered by {answer}"),
        };
    }
}

/// <summary>A request was not carried out, or it is not known whether it was.</summary>
public sealed class RaftRequestException(RaftFailure failure, Exception? cause = null) : Exception(failure.Message, cause)
{
    /// <summary>What the group, or the client, said.</summary>
    public RaftFailure Failure { get; } = failure;

    /// <summary>What may be concluded about the command.</summary>
    public Outcome Outcome => Failure.Outcome;

    /// <summary>Whether the very same request can never succeed.</summary>
    public bool IsPermanent => Failure.IsPermanent;
}
