using System.Diagnostics;
using System.Globalization;

namespace Raft.Benchmarks.Processes;

/// <summary>A server's process and its two pipes.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;

    public NodeProcess(string configFile)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("node");
        start.ArgumentList.Add(configFile);
        _process = Process.Start(start)!;
    }

    /// <summary>The process's memory as the operating system counts it, in bytes.</summary>
    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public async Task<string> AskAsync(string command)
    {
        await _process.StandardInput.WriteLineAsync(command);
        if (await _process.StandardOutput.ReadLineAsync() is { } answer)
        {
            return answer;
        }

        await _process.WaitForExitAsync();
        throw new InvalidOperationException($"a server's process ended with exit code {_process.ExitCode}; see its error output");
    }

    public async Task<NodeStatus> StatusAsync() => NodeStatus.Decode(await AskAsync("status"));

    /// <summary>Has the process end in good order.</summary>
    public async Task QuitAsync()
    {
        await _process.StandardInput.WriteLineAsync("quit");
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}

/// <summary>What a server says of itself.</summary>
internal sealed record NodeStatus(string Role, long Term, long CommitIndex, long LastApplied, long SnapshotIndex, long SnapshotBytes)
{
    public string Encode() => string.Create(CultureInfo.InvariantCulture, $"{Role} {Term} {CommitIndex} {LastApplied} {SnapshotIndex} {SnapshotBytes}");

    public static NodeStatus Decode(string text)
    {
        var parts = text.Split(' ');
        long At(int place) => long.Parse(parts[place], CultureInfo.InvariantCulture);
        return new NodeStatus(parts[0], At(1), At(2), At(3), At(4), At(5));
    }
}
