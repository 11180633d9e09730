using Raft.Benchmarks.Peers;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Compare;

/// <summary>One of those that are compared: how its group of servers is made.</summary>
internal sealed record Side(string Name, Func<string, ProcessGroup> NewGroup)
{
    /// <param name="name">What the table calls it.</param>
    /// <param name="servers">How many.</param>
    /// <param name="hocon">What goes into each one's configuration besides.</param>
    /// <param name="executable">The build that runs the servers; null: this one.</param>
    public static Side Ours(string name, int servers, string hocon, string? executable = null) =>
        new(name, directory => new NodeGroup(directory, servers, hocon, executable));

    public static Side DotNext(int servers) =>
        new("DotNext", directory => new DotNextGroup(directory, servers, DotNextGroup.DefaultTimeouts));
}
