namespace Raft.Simulation.Cluster;

/// <summary>How clients behave.</summary>
internal sealed record ClientLoad
{
    public int Clients { get; init; } = 3;

    public int Keys { get; init; } = 3;

    /// <summary>How long a client waits, on average, before its next operation.</summary>
    public TimeSpan ThinkTime { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a client reads where it would else draw from all kinds of operations.</summary>
    public double ReadRate { get; init; }

    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a client goes to the server that was named to it, and not to just any.</summary>
    public double FollowsHintRate { get; init; } = 0.8;

    /// <summary>How often a read that must be linearizable is asked of any server, or rests on the leader's lease.</summary>
    public double OtherReadRate { get; init; } = 0.5;

    /// <summary>How often a client asks for something of bounded staleness instead.</summary>
    public double BoundedReadRate { get; init; } = 0.1;

    /// <summary>
    /// Whether the last thing that each client wants is a read, so that nobody's write helps a new leader to commit.
    /// </summary>
    public bool EndsWithReads { get; init; }

    /// <summary>How often a write may wait while the intake is full.</summary>
    public double EnqueueTimeoutRate { get; init; } = 0.3;

    /// <summary>How many clients there are beside them that have sessions.</summary>
    public int SessionClients { get; init; }

    /// <summary>Whether somebody restores snapshots by hand beside them.</summary>
    public bool Restores { get; init; }

    /// <summary>How many commands a client with a session has under way.</summary>
    public int CommandsInFlight { get; init; } = 2;
}
