using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Hosting;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// An actor system outside of the group, which knows the library's messages and says nothing of its own troubles.
/// </summary>
internal static class Stranger
{
    private const string Quiet = """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """;

    /// <summary>Starts one on a free port.</summary>
    /// <param name="hocon">What it has otherwise.</param>
    /// <param name="below">What it has where nothing else is said; null: what Akka.NET has.</param>
    /// <param name="name">Its name.</param>
    public static ActorSystem Start(string hocon = "", Config? below = null, string name = "stranger")
    {
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(Quiet));
        var system = ActorSystem.Create(name, below is null ? config : config.WithFallback(below));
        _ = RaftExtension.Get(system);
        return system;
    }
}
