using Akka.Event;
using Raft.Host.Hosting;
using Xunit;

namespace Raft.Tests.Host;

public sealed class LineLoggerTests
{
    [Fact]
    public void An_event_is_one_line_with_its_cause()
    {
        var log = new Error(new InvalidOperationException("a\nb"), "[akka://raft/user/raft-kv/node#12]", typeof(LineLoggerTests), "failed\nbadly");

        var line = LineLogger.Line(log, "n1");

        Assert.DoesNotContain('\n', line);
        Assert.Contains("ERROR n1 /user/raft-kv/node: failed | badly | System.InvalidOperationException: a | b", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_of_remoting_are_cut_to_their_first_words()
    {
        var log = new Warning("[akka://raft/system/endpointManager/writer-1]", typeof(LineLoggerTests), "peer is gone\n   at Somewhere()");

        Assert.EndsWith("WARN  n1 remoting: peer is gone", LineLogger.Line(log, "n1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Repeated_failures_of_one_peer_count_as_one_kind()
    {
        Assert.Equal(
            LineLogger.Kind("TLS handshake failed on channel [[::ffff:127.0.0.1]:29481->[::ffff:127.0.0.1]:56098](Id=449c6667)"),
            LineLogger.Kind("TLS handshake failed on channel [[::ffff:127.0.0.1]:29481->[::ffff:127.0.0.1]:56110](Id=10c41749)"));
        Assert.NotEqual(
            LineLogger.Kind("Association with remote system akka.tcp://raft@127.0.0.1:4053 has failed"),
            LineLogger.Kind("Association with remote system akka.tcp://raft@127.0.0.1:4054 has failed"));
    }

    [Fact]
    public void A_refused_certificate_comes_with_the_reason()
    {
        var log = new Warning("[akka://raft/system/endpointManager/x]", typeof(LineLoggerTests), "Certificate chain validation failed for [::1]:5:\n  untrusted root\n  more");
        Assert.EndsWith("failed for [::1]:5: untrusted root", LineLogger.Line(log, "n1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_from_other_processes_is_cut_and_cleaned()
    {
        var log = new Warning("[akka://raft/user/x]", typeof(LineLoggerTests), "\u001b[2J\u0007" + new string('x', 100_000));

        var line = LineLogger.Line(log, "n1");

        Assert.Contains("/user/x: ?[2J?xxx", line, StringComparison.Ordinal);
        Assert.Equal(LineLogger.MaxLength + 1, line.Length);
        Assert.DoesNotContain(line, char.IsControl);
    }

    [Fact]
    public void Invented_texts_do_not_fill_the_log()
    {
        var warnings = new RemoteWarnings();
        var start = DateTime.UnixEpoch;
        var written = Enumerable.Range(0, 10_000).Count(number => Write($"format {number}", start));
        Assert.Equal(RemoteWarnings.MaxTexts, written);
        Assert.False(Write("format 0", start.AddSeconds(29)));

        // Another kind has a share of its own, and each text comes again when its time is over.
        Assert.True(warnings.IsWorthALine("gated {0}", "gated n1", start, out _));
        Assert.True(warnings.IsWorthALine("format {0}", "format 0", start.AddSeconds(31), out var leftOut));
        Assert.Equal(10_000 - RemoteWarnings.MaxTexts + 1, leftOut);

        bool Write(string text, DateTime now) => warnings.IsWorthALine("format {0}", text, now, out _);
    }
}
