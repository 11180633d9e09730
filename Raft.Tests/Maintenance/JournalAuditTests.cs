using Raft.Actors.Maintenance;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Storage.Files;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Maintenance;

public sealed class JournalAuditTests
{
    private static readonly Configuration Three = Configuration("n1", "n2", "n3");

    internal static Configuration Configuration(params string[] servers) =>
        new([.. servers.Select(static (id, number) => new Server(new ServerId(id), $"akka.tcp://raft@127.0.0.1:{4053 + number}"))]);

    internal static JournalReport Audit(params IEnumerable<IJournalEvent> events) => Audit(Rows(events));

    private static JournalReport Audit(IEnumerable<JournalRow> rows)
    {
        var audit = new JournalAudit();
        foreach (var row in rows)
        {
            audit.Add(row);
        }

        return audit.Report();
    }

    private static List<JournalRow> Rows(params IEnumerable<IJournalEvent> events) => [.. events.Select(static (@event, number) =>
    {
        var format = MessageTable.ByType[@event.GetType()];
        var writer = new WireWriter(64);
        format.Write(ref writer, @event, new PayloadCodec([]));
        return new JournalRow(number + 1, RaftMessageSerializer.FixedIdentifier, format.Manifest, writer.ToArray());
    })];

    private static HardStateChanged Term(long term, string votedFor = "") =>
        new HardStateChanged(term, votedFor.Length == 0 ? default : new ServerId(votedFor));

    private static EntriesAppended Appended(params LogEntry[] entries) => new EntriesAppended([.. entries]);

    [Fact]
    public void An_empty_journal_is_empty()
    {
        var report = Audit();

        Assert.True(report.IsEmpty);
        Assert.Null(report.Configuration);
        Assert.Equal((0L, 0L, 0L), (report.Term, report.LastIndex, report.LastTerm));
    }

    [Fact]
    public void The_latest_event_of_each_kind_counts()
    {
        var report = Audit(
            Term(1), Appended(ConfigurationEntry(1, 1, Three), Entry(2, 1), Entry(3, 1)), Term(2, "n2"), Appended(Entry(3, 2, 10), Entry(4, 2)), Term(3));

        Assert.Empty(report.Problems);
        Assert.Equal((5L, 1L, 5L), (report.Events, report.FirstSequenceNr, report.LastSequenceNr));
        Assert.Equal(3, report.Term);
        Assert.True(report.VotedFor.IsNone);
        Assert.Equal([(1L, 1L, 2L), (2, 1, 2), (3, 2, 4), (4, 2, 4)], report.Entries.Select(static entry => (entry.Index, entry.Term, entry.SequenceNr)));
        Assert.Equal(10, report.Entries[2].DataBytes);
        Assert.Equal((1L, Three), (report.Configuration!.Index, report.Configuration.Configuration));
    }

    [Fact]
    public void A_configuration_whose_entry_was_replaced_counts_no_more()
    {
        var two = Configuration("n1", "n2");
        Assert.Equal(two, Audit(Appended(ConfigurationEntry(1, 1, Three), ConfigurationEntry(2, 1, two))).Configuration!.Configuration);
        Assert.Equal(Three, Audit(Appended(ConfigurationEntry(1, 1, Three), ConfigurationEntry(2, 1, two)), Appended(Entry(2, 2))).Configuration!.Configuration);
    }

    [Fact]
    public void A_damaged_row_is_named_and_the_listing_goes_on()
    {
        var rows = Rows(Term(1), Appended(ConfigurationEntry(1, 1, Three)), Appended(Entry(2, 1)), Appended(Entry(3, 1)), Term(2));
        var damaged = rows[2].Bytes.ToArray();
        damaged[^6] ^= 1;
        rows[2] = rows[2] with { Bytes = damaged };

        var report = Audit(rows);

        Assert.Equal([3L, 4L], report.Problems.Select(static problem => problem.SequenceNr));
        Assert.Contains("checksum", report.Problems[0].Description, StringComparison.Ordinal);
        Assert.Contains("entries 2 to 2 are missing", report.Problems[1].Description, StringComparison.Ordinal);
        Assert.Equal([1L, 3L], report.Entries.Select(static entry => entry.Index));
        Assert.Equal(2, report.Term);
    }

    [Fact]
    public void A_journal_that_no_node_would_start_from_has_a_problem()
    {
        var rows = Rows(Term(1), Term(2), Term(3));
        Assert.Contains("events 2 to 2", Problem(rows[0], rows[2]), StringComparison.Ordinal);
        Assert.Contains("not this library's", Problem(rows[0] with { Serializer = 4 }), StringComparison.Ordinal);
        Assert.Contains("not this library's", Problem(rows[0] with { Serializer = null }), StringComparison.Ordinal);
        Assert.Contains("'j.zz'", Problem(rows[0] with { Manifest = "j.zz" }), StringComparison.Ordinal);
        Assert.Contains("'p.hb'", Problem(rows[0] with { Manifest = "p.hb" }), StringComparison.Ordinal);
        Assert.NotEmpty(Problem(rows[0] with { Bytes = default }));
        Assert.Contains("goes back from 2 to 1", Problem([.. Rows(Term(2), Term(1))]), StringComparison.Ordinal);
        Assert.Contains("votes twice", Problem([.. Rows(Term(2, "n1"), Term(2, "n2"))]), StringComparison.Ordinal);
        Assert.Contains("falls from 2 to 1", Problem([.. Rows(Appended(Entry(1, 2), Entry(2, 1)))]), StringComparison.Ordinal);

        static string Problem(params JournalRow[] rows) => Assert.Single(Audit(rows).Problems).Description;
    }
}
