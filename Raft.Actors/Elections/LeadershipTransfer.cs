using Akka.Actor;
using Raft.Actors.Model;

namespace Raft.Actors.Elections;

/// <summary>A transfer of leadership that is under way (dissertation 3.10).</summary>
/// <param name="to">The server that will lead.</param>
/// <param name="client">The client that is told; null if the leader shuts down.</param>
/// <param name="term">The term that is to end.</param>
internal sealed class LeadershipTransfer(ServerId to, IActorRef? client, long term)
{
    public ServerId To => to;

    public IActorRef? Client => client;

    public long Term => term;

    /// <summary>Whether the server was told to call for an election: from then on it may come to lead at any time.</summary>
    public bool IsTold { get; set; }

    /// <summary>
    /// The best of several: the one with most of the log, and of equals the first. Those that were not heard of late are no
    /// choice.
    /// </summary>
    public static ServerId Choose(IEnumerable<(ServerId Server, long MatchIndex, bool IsHeard)> voters)
    {
        var (best, most) = (default(ServerId), -1L);
        foreach (var (server, matchIndex, isHeard) in voters)
        {
            if (isHeard && matchIndex > most)
            {
                (best, most) = (server, matchIndex);
            }
        }

        return best;
    }
}
