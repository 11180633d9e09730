using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Raft.Actors.Hosting;
using Raft.Actors.Settings;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Hosting;

/// <summary>An application's actor system that listens beyond its machine without mutual TLS is warned of, once for all its
/// groups.</summary>
public sealed class ExposureWarningTests
{
    [Theory]
    [InlineData("0.0.0.0", "", 1)]
    [InlineData("0.0.0.0", "raft.tls.insecure = on", 0)]
    [InlineData("127.0.0.1", "", 0)]
    public async Task An_exposed_system_is_warned_of_once(string hostname, string setting, int times)
    {
        var config = ConfigurationFactory.ParseString($$"""
            {{setting}}
            akka {
              loglevel = WARNING
              stdout-loglevel = OFF
              loggers = []
              actor.provider = remote
              remote.dot-netty.tcp { hostname = "{{hostname}}", public-hostname = "127.0.0.1", port = 0 }
            }
            """).WithFallback(RaftRemoting.Defaults);
        var warnings = new ConcurrentQueue<string>();
        var system = ActorSystem.Create("raft", config);
        var listener = system.ActorOf(Props.Create(() => new Listener(warnings)));
        system.EventStream.Subscribe(listener, typeof(Warning));
        foreach (var group in new[] { "first", "second" })
        {
            _ = RaftExtension.Get(system).Start(
                RaftSettings.Create(ConfigurationFactory.ParseString($$"""
                    raft {
                      group = {{group}}
                      server-id = n1
                      journal.plugin = "akka.persistence.journal.inmem"
                      snapshots.plugin = none
                    }
                    """)),
                static () => new RecordingStateMachine([]));
        }

        // Behind whatever was told.
        Assert.Equal("all", await listener.Ask<string>("all", TimeSpan.FromSeconds(10)));
        Assert.Equal(times, warnings.Count(static line => line.StartsWith("INSECURE: Akka.Remote at 0.0.0.0", StringComparison.Ordinal)));
        await system.Terminate();
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<string> lines)
        {
            Receive<LogEvent>(line => lines.Enqueue($"{line.Message}"));
            Receive<string>(text => Sender.Tell(text));
        }
    }
}
