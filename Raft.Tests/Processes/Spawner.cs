using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Raft.Tests.Processes;

/// <summary>
/// Starts processes that do not outlive this one, even where this one is killed. On Linux the kernel sees to it
/// (PR_SET_PDEATHSIG, through util-linux's setpriv); it goes by the thread that started the child, so all are started by one
/// thread that lives as long as the process.
/// </summary>
internal static class Spawner
{
    private const string SetPrivileges = "/usr/bin/setpriv";
    private static readonly BlockingCollection<Action> Work = [];

    static Spawner() => new Thread(Run) { IsBackground = true, Name = "spawner" }.Start();

    public static Process Start(ProcessStartInfo start)
    {
        if (OperatingSystem.IsLinux() && File.Exists(SetPrivileges))
        {
            string[] command = ["--pdeathsig", "KILL", start.FileName, .. start.ArgumentList];
            start.FileName = SetPrivileges;
            start.ArgumentList.Clear();
            Array.ForEach(command, start.ArgumentList.Add);
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception failure) when (failure is Win32Exception or InvalidOperationException)
            {
                started.SetException(failure);
            }
        });
        return started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Runs a program to its end; anything but success is an exception with what it said.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result} {output}");
    }

    /// <summary>Sends a signal.</summary>
    public static void Send(int processId, Signal signal)
    {
        if (kill(processId, (int)signal) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{signal} to {processId}");
        }
    }

    private static void Run()
    {
        foreach (var action in Work.GetConsumingEnumerable())
        {
            action();
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int processId, int signal);
}

/// <summary>Signals, by their numbers on Linux.</summary>
internal enum Signal
{
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
