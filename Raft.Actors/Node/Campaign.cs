using System.Collections.Immutable;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Questions;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node;

/// <summary>An election or pre-vote that this server stands in: who is asked, and who has answered what.</summary>
internal sealed class Campaign(INodeContext node)
{
    private readonly QuestionBox _box = new(node);
    private readonly ElectionTimer _timer = new(node.Random);
    private Ballot _ballot = new([]);

    /// <summary>Begins to count votes.</summary>
    public void Begin(ImmutableArray<ServerId> voters) => _ballot = new Ballot(voters);

    /// <summary>Asks every other voter.</summary>
    public void Ask(string question, Func<ServerId, IPeerMessage> message)
    {
        var sender = _box.Open(question);
        foreach (var server in node.Configuration.Servers)
        {
            if (server.Suffrage == Suffrage.Voter && server.Id != node.Self)
            {
                node.Resolve(server).Tell(message(server.Id), sender);
            }
        }
    }

    /// <summary>Notes an answer.</summary>
    /// <returns>Whether the election is won.</returns>
    public bool Record(ServerId voter, bool granted) => _ballot.Record(voter, granted);

    /// <summary>It is over: answers come too late.</summary>
    public void End() => _box.Close();

    /// <summary>Begins to wait for a leader, or for the end of an election, for a random time of at least this long.</summary>
    public void BeginTimer(TimeSpan timeout) => StartTimer(_timer.Begin(node.Now, timeout));

    /// <summary>The wait begins anew: a leader was heard, or another server has the vote (3.4).</summary>
    public void ExtendTimer() => _timer.Extend(node.Now);

    /// <summary>
    /// The timer fired. Contact with a leader moves the deadline and leaves the timer alone, so that it may fire early
    /// and is set again for the rest.
    /// </summary>
    /// <returns>Whether the wait is over.</returns>
    public bool IsTimerDue()
    {
        var remaining = _timer.Remaining(node.Now);
        if (remaining > TimeSpan.Zero)
        {
            StartTimer(remaining);
        }

        return remaining <= TimeSpan.Zero;
    }

    private void StartTimer(TimeSpan wait) => node.Timers.StartSingleTimer(NodeTick.Election, NodeTick.Election, wait);
}
