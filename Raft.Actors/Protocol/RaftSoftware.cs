using System.Reflection;

namespace Raft.Actors.Protocol;

/// <summary>The version of this library.</summary>
public static class RaftSoftware
{
    /// <summary>As its assembly has it.</summary>
    public static string Version { get; } =
        typeof(RaftSoftware).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
