using System.Diagnostics;
using System.Globalization;

namespace Raft.Benchmarks.Processes;

/// <summary>A server's process and its two pipes.</summary>
internal sealed class NodeProcess : IDisposable
{
    /// <summary>No answer takes longer, unless it is said so.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly Process _process;

    /// <param name="command">The executable and its arguments.</param>
    public NodeProcess(string[] command) =>
        _process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>The processor time that the process has taken so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
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

    /// <exception cref="InvalidOperationException">The process has ended.</exception>
    /// <exception cref="TimeoutException">There is no answer in time; the process is of no more use then.</exception>
    public async Task<string> AskAsync(string command, TimeSpan? patience = null)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(command);
        }
        catch (IOException closed)
        {
            throw new InvalidOperationException("a server's process has ended; see its error output", closed);
        }

        if (await _process.StandardOutput.ReadLineAsync().WaitAsync(patience ?? Patience) is { } answer)
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

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}

/// <summary>What a server says of itself.</summary>
internal sealed record NodeStatus(
    string Role, long Term, long CommitIndex, long LastApplied, long SnapshotIndex, long SnapshotBytes)
{
    public string Encode() =>
        string.Create(CultureInfo.InvariantCulture, $"{Role} {Term} {CommitIndex} {LastApplied} {SnapshotIndex} {SnapshotBytes}");

    public static NodeStatus Decode(string text)
    {
        var parts = text.Split(' ');
        long At(int place) => long.Parse(parts[place], CultureInfo.InvariantCulture);
        return new NodeStatus(parts[0], At(1), At(2), At(3), At(4), At(5));
    }
}
