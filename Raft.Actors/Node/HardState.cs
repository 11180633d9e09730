using Raft.Actors.Elections;
using Raft.Actors.Model;

namespace Raft.Actors.Node;

/// <summary>The term and the vote in it: with the log, the persistent state of figure 3.1.</summary>
internal sealed class HardState
{
    /// <summary>The current term. It may not be durable yet.</summary>
    public long Term { get; private set; }

    /// <summary>Who has the vote of the current term; none where nobody has.</summary>
    public ServerId VotedFor { get; private set; }

    /// <summary>The latest term that is durable.</summary>
    public long DurableTerm { get; private set; }

    /// <summary>
    /// The journal tells of a term and its vote. A term never goes back and has one vote: a journal that says otherwise is
    /// damaged, or two servers wrote it. Only from a term that cannot be does a recovery lead back.
    /// </summary>
    /// <exception cref="InvalidOperationException">The term goes back, or has a second vote.</exception>
    public void Recover(long term, ServerId votedFor)
    {
        if (term < Term && Term <= TermLimits.Highest)
        {
            throw new InvalidOperationException($"the journal's term goes back from {Term} to {term}");
        }

        if (term == Term && !VotedFor.IsNone && votedFor != VotedFor)
        {
            throw new InvalidOperationException($"the journal votes twice in term {Term}: for {VotedFor} and for {votedFor}");
        }

        Enter(term, votedFor);
        DurableTerm = term;
    }

    /// <summary>This is the term now, and this the vote in it.</summary>
    public void Enter(long term, ServerId votedFor) => (Term, VotedFor) = (term, votedFor);

    /// <summary>A term is durable.</summary>
    public void BeDurable(long term) => DurableTerm = term;
}
