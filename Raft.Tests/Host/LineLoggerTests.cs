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
    public void Remoting_is_cut_to_what_it_says()
    {
        var log = new Warning("[akka://raft/system/endpointManager/writer-1]", typeof(LineLoggerTests), "peer is gone\n   at Somewhere()");

        Assert.EndsWith("WARN  n1 remoting: peer is gone", LineLogger.Line(log, "n1"), StringComparison.Ordinal);
    }
}
