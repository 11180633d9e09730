using System.Net;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Host.Hosting;

namespace Raft.Host.Http;

/// <summary>Passes requests from HTTP to Raft, and reports their outcome.</summary>
internal sealed class RaftGateway(ActorSystem system, IActorRef raft, HttpFrontSettings settings)
{
    private static readonly ShuttingDown Stopped = new(Outcome.NotDone);

    // After the node's end, while HTTP still drains, a request would wait in vain until its time is over.
    private readonly Task _stopped = raft.WatchAsync();

    /// <summary>
    /// Sends a command to this server's node. If the node does not lead and the host forwards, the node passes it on to the
    /// leader. The command is sent only once, because sending it again could apply it twice. In a session the client may
    /// send it again.
    /// </summary>
    public async Task<GatewayAnswer> WriteAsync(
        byte[] command, CommandSession? session, IPAddress? client, Deadline deadline, CancellationToken aborted)
    {
        if (deadline.Remaining == TimeSpan.Zero)
        {
            return new GatewayAnswer.Silent(
                "the request's time was over before the command was sent", Outcome.NotDone, TimedOut: true);
        }

        return await AskAsync(raft, new Apply(command) { Session = session }, deadline, Outcome.Unknown, aborted, client);
    }

    /// <summary>
    /// Asks this server's state machine. If only the leader may answer and the host forwards, it asks the leader.
    /// </summary>
    public Task<GatewayAnswer> ReadAsync(Read read, IPAddress? client, Deadline deadline, CancellationToken aborted) =>
        AskLeaderAsync(read, deadline, Outcome.NotDone, aborted, client);

    /// <summary>Asks for a change of the group. If this node does not lead and the host forwards, it asks the leader.</summary>
    public Task<GatewayAnswer> AdministerAsync(IRaftRequest request, Deadline deadline, CancellationToken aborted) =>
        AskLeaderAsync(request, deadline, Outcome.Unknown, aborted);

    /// <summary>Asks this server's node.</summary>
    public Task<GatewayAnswer> OwnAsync(IRaftRequest request, Deadline deadline, CancellationToken aborted) =>
        AskAsync(raft, request, deadline, Outcome.NotDone, aborted);

    private async Task<GatewayAnswer> AskLeaderAsync(
        IRaftRequest request, Deadline deadline, Outcome withoutAnswer, CancellationToken aborted, IPAddress? client = null)
    {
        var answer = await AskAsync(raft, request, deadline, withoutAnswer, aborted, client);
        if (settings.WritesOnFollower != WritesOnFollower.Forward
            || answer is not GatewayAnswer.Failed { Failure: NotLeader { LeaderAddress: { } address } }
            || deadline.Remaining == TimeSpan.Zero)
        {
            return answer;
        }

        // Only one hop. If the leader has changed meanwhile, the answer is NotLeader, and the client tries again.
        // Ask the actor above the node: it answers even while the node restarts.
        var leader = system.ActorSelection($"{address}/user/raft-{settings.Group}");
        return await AskAsync(leader, request, deadline, withoutAnswer, aborted, client);
    }

    /// <summary>The state of this server's node, or the reason why it has none to report.</summary>
    public async Task<(RaftStatus? Status, string? Reason)> StatusAsync(Deadline deadline, CancellationToken aborted)
    {
        if (_stopped.IsCompleted)
        {
            return (null, Stopped.Message);
        }

        var patience = deadline.Remaining;
        try
        {
            return await raft.Ask<object>(new GetStatus(), patience, aborted) switch
            {
                RaftStatus status => (status, null),
                RaftFailure failure => (null, failure.Message),
                var other => (null, $"the node answers with {other.GetType().Name}, which is not a status"),
            };
        }
        catch (AskTimeoutException)
        {
            return (null, $"the node does not answer within {patience.TotalSeconds:0} s");
        }
    }

    /// <summary>Why only a restart of this process brings the node back; null if it runs or can restart by itself.</summary>
    public async Task<string?> WhyDeadAsync(Deadline deadline, CancellationToken aborted)
    {
        if (_stopped.IsCompleted)
        {
            return "the node was shut down, and does not start again in this process";
        }

        try
        {
            var answer = await raft.Ask<object>(new GetStatus(), deadline.Remaining, aborted);
            return answer is Unavailable { OnlyRestartHelps: true } dead ? dead.Reason : null;
        }
        catch (AskTimeoutException)
        {
            // The node may be busy. A restart would not change that.
            return null;
        }
    }

    private async Task<GatewayAnswer> AskAsync(
        ICanTell target,
        IRaftRequest request,
        Deadline deadline,
        Outcome withoutAnswer,
        CancellationToken aborted,
        IPAddress? client = null)
    {
        if (_stopped.IsCompleted)
        {
            return new GatewayAnswer.Failed(Stopped);
        }

        object reply;
        try
        {
            reply = await ClientAsk.AskAsync(system, target, request, client, deadline.Remaining, aborted);
        }
        catch (AskTimeoutException)
        {
            return new GatewayAnswer.Silent(
                withoutAnswer == Outcome.Unknown
                    ? "the command was not known to be committed within the request's time; it may have been, or may yet be"
                    : "the read was not answered within the request's time; try again",
                withoutAnswer,
                TimedOut: true);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new GatewayAnswer.Silent($"the node could not be asked: {failure.Message}", withoutAnswer, TimedOut: false);
        }

        return reply switch
        {
            Applied applied => new GatewayAnswer.Carried(applied.Index, applied.Term, Bytes(applied.Result)),
            ReadResult read => new GatewayAnswer.Carried(read.Index, 0, Bytes(read.Result)) { Staleness = read.Staleness },
            RaftFailure failure => new GatewayAnswer.Failed(failure),
            ConfigurationInfo or ConfigurationChanged or LeadershipTransferred or SnapshotTaken
                or SessionRegistered or SessionKeptAlive or SessionClosed
                or ChangesRead or RestoreBegun or RestoreBlockTaken or SnapshotRestored or SnapshotPiece or EntrySkipped =>
                new GatewayAnswer.Answered((IRaftReply)reply),
            _ => new GatewayAnswer.Silent(
                $"the node answered with {reply.GetType().Name}, which is not an answer to {request.GetType().Name}",
                withoutAnswer,
                TimedOut: false),
        };
    }

    private static ReadOnlyMemory<byte> Bytes(object? result) => result switch
    {
        byte[] bytes => bytes,
        ReadOnlyMemory<byte> bytes => bytes,
        _ => ReadOnlyMemory<byte>.Empty,
    };
}
