using Akka.Configuration;

namespace Raft.Actors.Hosting;

/// <summary>How Akka.Remote should be set where Raft's servers talk over it.</summary>
public static class RaftRemoting
{
    /// <summary>
    /// The settings (remoting.conf, which gives the reasons): a broken connection is soon tried again, a silent one is given up, and each side writes
    /// on one of its own. To be a fallback of the actor system's configuration; <see cref="RaftHostingExtensions.WithRaft"/> makes it one.
    /// </summary>
    public static Config Defaults { get; } = ConfigurationFactory.FromResource("Raft.Actors.remoting.conf", typeof(RaftRemoting).Assembly);
}
