using Raft.Actors.Node;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

public sealed class HardStateTests
{
    [Fact]
    public void What_the_journal_tells_is_durable()
    {
        var state = new HardState();
        state.Recover(3, default);
        state.Recover(3, Server1);
        state.Recover(5, Server2);

        Assert.Equal((5, Server2, 5), (state.Term, state.VotedFor, state.DurableTerm));
    }

    [Fact]
    public void A_term_that_is_entered_is_not_durable_yet()
    {
        var state = new HardState();
        state.Recover(3, Server1);
        state.Enter(4, default);

        Assert.Equal((4, default, 3), (state.Term, state.VotedFor, state.DurableTerm));
        state.BeDurable(4);
        Assert.Equal(4, state.DurableTerm);
    }

    [Fact]
    public void A_journal_whose_term_goes_back_is_refused()
    {
        var state = new HardState();
        state.Recover(3, Server1);

        var refused = Assert.Throws<InvalidOperationException>(() => state.Recover(2, default));
        Assert.Contains("from 3 to 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_that_votes_twice_in_a_term_is_refused()
    {
        var state = new HardState();
        state.Recover(3, Server1);

        var refused = Assert.Throws<InvalidOperationException>(() => state.Recover(3, Server2));
        Assert.Contains("votes twice", refused.Message, StringComparison.Ordinal);
    }
}
