using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Replication;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Replication;

public sealed class EntryRulesTests
{
    private static readonly PeerHeader Leader = new(ProtocolVersion.Current, "test", Server2, Server1, 5);

    [Fact]
    public void Entries_that_a_leader_may_send_pass()
    {
        Assert.Null(WhyNot(0, 0));
        Assert.Null(WhyNot(7, 5));
        Assert.Null(WhyNot(7, 3, Entry(8, 3), Entry(9, 4), Entry(10, 5)));
        Assert.Null(WhyNot(7, 3, ConfigurationEntry(8, 5, new Configuration([new Server(Server1, "akka.tcp://raft@n1:1")]))));
        Assert.Null(WhyNot(7, 3, new LogEntry(8, 5, EntryKind.SkipEntry, SkippedEntry.Encode(3, 2), default, 0)));
    }

    [Fact]
    public void Entries_that_no_leader_sends_are_refused()
    {
        Says("beyond what can be", long.MaxValue, 1);
        Says("beyond what can be", EntryRules.HighestIndex + 1, 1);
        Says("entry 7 is of term 6, which is later than the leader's, 5", 7, 6);
        Says("entry 9 stands where 8 should", 7, 3, Entry(9, 5));
        Says("entry 10 stands where 9 should", 7, 3, Entry(8, 5), Entry(10, 5));
        Says("entry 8 is of term 2, after one of 3", 7, 3, Entry(8, 2));
        Says("entry 9 is of term 4, after one of 5", 7, 3, Entry(8, 5), Entry(9, 4));
        Says("entry 8 is of term 6", 7, 3, Entry(8, 6));
        Says("entry 8 cannot be read", 7, 3, Unreadable(EntryKind.Configuration));
        Says("entry 8 cannot be read", 7, 3, Unreadable(EntryKind.SkipEntry));
    }

    private static LogEntry Unreadable(EntryKind kind) => new(8, 5, kind, new EncodedPayload(PayloadFormat.Bytes, new byte[] { 200, 1 }), default, 0);

    private static void Says(string reason, long prevLogIndex, long prevLogTerm, params LogEntry[] entries) =>
        Assert.Contains(reason, WhyNot(prevLogIndex, prevLogTerm, entries), StringComparison.Ordinal);

    private static string? WhyNot(long prevLogIndex, long prevLogTerm, params LogEntry[] entries) =>
        EntryRules.WhyNot(new AppendEntries(Leader, 1, prevLogIndex, prevLogTerm, [.. entries], 0));
}
