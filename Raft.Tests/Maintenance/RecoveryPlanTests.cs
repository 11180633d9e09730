using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;
using static Raft.Tests.Maintenance.JournalAuditTests;

namespace Raft.Tests.Maintenance;

public sealed class RecoveryPlanTests
{
    private static readonly ServerId N1 = new("n1");

    private static JournalReport Journal(long term = 3) => Audit(
        new EntriesAppended([ConfigurationEntry(1, 1, Configuration("n1", "n2", "n3")), Entry(2, 1), Entry(3, 2)]), new HardStateChanged(term, new ServerId("n2")));

    [Fact]
    public void The_new_configuration_is_the_next_entry_in_a_later_term_and_no_vote_is_cast_in_it()
    {
        var next = Configuration("n1", "n4");
        var plan = RecoveryPlan.Make(N1, Journal(), next);

        Assert.Equal((4L, 3L, 2L), (plan.Index, plan.TermBefore, plan.LastSequenceNr));
        var events = plan.Events(timestamp: 7);
        Assert.Equal(new HardStateChanged(plan.Term, default), events[0]);
        var entry = Assert.Single(Assert.IsType<EntriesAppended>(events[1]).Entries);
        Assert.Equal((4L, plan.Term, EntryKind.Configuration, 7L), (entry.Index, entry.Term, entry.Kind, entry.Timestamp));
        Assert.Equal(next, ConfigurationCodec.Decode(entry.Data));
    }

    [Fact]
    public void A_recovered_journal_is_sound_and_its_new_configuration_is_in_force()
    {
        var next = Configuration("n1");
        var plan = RecoveryPlan.Make(N1, Journal(), next);

        var after = Audit(
            [
                new EntriesAppended([ConfigurationEntry(1, 1, Configuration("n1", "n2", "n3")), Entry(2, 1), Entry(3, 2)]),
                new HardStateChanged(3, new ServerId("n2")), .. plan.Events(0),
            ]);

        Assert.Empty(after.Problems);
        Assert.Equal(next, after.Configuration!.Configuration);
        Assert.Equal(plan.Term, after.Term);
    }

    /// <summary>
    /// Of two survivors one may have entries of a term that the other never heard of. An entry of the same index and term in both logs, with
    /// others before it, would pass the check of AppendEntries and leave the logs different.
    /// </summary>
    [Fact]
    public void The_term_is_beyond_any_that_other_servers_may_have_used()
    {
        var terms = new HashSet<long>();
        for (var number = 1; number <= 50; number++)
        {
            var server = new ServerId($"n{number}");
            var term = RecoveryPlan.Make(server, Journal(number), Configuration(server.Value)).Term;
            Assert.True(term >= 1 << 20);
            Assert.True(terms.Add(term));
            Assert.True(RecoveryPlan.Make(server, Journal(term), Configuration(server.Value)).Term >= term + (1 << 19));
        }
    }

    [Fact]
    public void A_recovery_that_is_impossible_is_refused_with_the_reason()
    {
        Assert.Contains("never was in a group", Refusal(Audit(), "n1"), StringComparison.Ordinal);
        Assert.Contains("no voter n1", Refusal(Journal(), "n2"), StringComparison.Ordinal);
        Assert.Contains("no voter n1", Refusal(Journal()), StringComparison.Ordinal);
        Assert.Contains("damaged (event 2: the term goes back", Refusal(Audit(new HardStateChanged(2, default), new HardStateChanged(1, default)), "n1"), StringComparison.Ordinal);

        static string Refusal(JournalReport journal, params string[] servers) =>
            Assert.Throws<RecoveryRefusedException>(() => RecoveryPlan.Make(N1, journal, Configuration(servers))).Message;
    }
}
