using System.Globalization;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Peers;

/// <summary>A group of servers of DotNext.Net.Cluster.</summary>
/// <param name="directory">Where its files are.</param>
/// <param name="servers">How many.</param>
/// <param name="electionTimeouts">
/// Its bounds of election timeouts, milliseconds; 150 and 300 by default, as DotNext has it.
/// </param>
internal sealed class DotNextGroup(
    string directory, int servers, (int Lower, int Upper) electionTimeouts) : ProcessGroup(directory, servers)
{
    public static readonly (int Lower, int Upper) DefaultTimeouts = (150, 300);

    protected override string[] CommandOf(int index) =>
    [
        Environment.ProcessPath!,
        "dotnext-node",
        Directory.CreateDirectory(DirectoryOf(index)).FullName,
        index.ToString(CultureInfo.InvariantCulture),
        electionTimeouts.Lower.ToString(CultureInfo.InvariantCulture),
        electionTimeouts.Upper.ToString(CultureInfo.InvariantCulture),
        .. Ports.Select(static port => port.ToString(CultureInfo.InvariantCulture)),
    ];
}
