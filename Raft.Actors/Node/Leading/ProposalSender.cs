using Akka.Actor;

namespace Raft.Actors.Node.Leading;

/// <summary>
/// What one sender has in a leader's intake. A sender is a top-level actor with all below it (<c>/user/name</c>), or
/// all that ask from one actor system (<c>/temp</c>): a client that makes an actor for each request is one sender all
/// the same. Who asks for many names the temporary actors <c>{name}~{client}</c>: each client is then a sender.
/// </summary>
internal sealed class ProposalSender(ActorPath path)
{
    public ActorPath Path => path;

    /// <summary>Its commands that were accepted and are not applied yet.</summary>
    public IntakeUse InFlight { get; } = new();

    /// <summary>Its commands that wait to be accepted.</summary>
    public IntakeUse InWaiting { get; } = new();

    /// <summary>Its commands that wait, in their order.</summary>
    public LinkedList<WaitingProposal> Waiting { get; } = new();

    /// <summary>How many bytes it may have accepted before it is another's turn.</summary>
    public long Credit { get; set; }

    public bool IsIdle => InFlight.Count == 0 && Waiting.Count == 0;

    /// <summary>To which sender a client belongs.</summary>
    public static ActorPath Of(IActorRef client)
    {
        var path = client.Path;
        if (path is { Parent.Name: "temp" } && path.Name.IndexOf('~', StringComparison.Ordinal) is var place and >= 0)
        {
            return path.Parent / path.Name[place..];
        }

        while (path.Parent is { } parent && parent.Parent is { } above && (above is not RootActorPath || parent.Name == "temp"))
        {
            path = parent;
        }

        return path;
    }
}

/// <summary>How much of a bounded room is in use.</summary>
internal sealed class IntakeUse
{
    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public void Add(int bytes)
    {
        Count++;
        Bytes += bytes;
    }

    public void Remove(int bytes)
    {
        Count--;
        Bytes -= bytes;
    }
}

/// <summary>A command that waits to be accepted.</summary>
internal sealed record WaitingProposal(Proposal Proposal, TimeSpan Since, TimeSpan Deadline);
