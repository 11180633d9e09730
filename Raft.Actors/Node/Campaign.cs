using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Elections;
using Raft.Actors.Model;
using Raft.Actors.Node.Contracts;
using Raft.Actors.Node.Questions;

namespace Raft.Actors.Node;

/// <summary>An election or pre-vote that this server stands in: who is asked, and who has answered what.</summary>
internal sealed class Campaign(INodeContext node)
{
    private readonly QuestionBox _box = new(node);
    private Ballot _ballot = new([]);

    /// <summary>When it is time to stand in one.</summary>
    public ElectionTimer Timer { get; } = new(node.Random);

    /// <summary>Begins to count votes.</summary>
    public void Begin(ImmutableArray<ServerId> voters) => _ballot = new Ballot(voters);

    /// <summary>The others are about to be asked.</summary>
    /// <returns>The sender of the question.</returns>
    public IActorRef Ask(string question) => _box.Open(question);

    /// <summary>Notes an answer.</summary>
    /// <returns>Whether the election is won.</returns>
    public bool Record(ServerId voter, bool granted) => _ballot.Record(voter, granted);

    /// <summary>It is over: answers come too late.</summary>
    public void End() => _box.Close();
}
