using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Raft.Actors.Model;
using Raft.Actors.Storage;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// A process that a test starts to kill it: this assembly, run with a command. It ends when its standard input does, so
/// that none is left behind by a test run that was itself killed.
/// </summary>
public sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>The program's entry point.</summary>
    public static int Main(string[] arguments)
    {
        if (arguments is ["hashes", var from, var count])
        {
            return Raft.Simulation.Commands.HashesCommand.Run([from, count]);
        }

        if (arguments is not ["hold-storage", var provider, var place, var group, var server])
        {
            Console.Error.WriteLine("This is a test assembly; run it with: dotnet test");
            return 2;
        }

        using var storage = RaftStorage.Open(
            new RaftStorageSettings
            {
                Provider = Enum.Parse<StorageProvider>(provider),
                Directory = place,
                ConnectionString = place,
            },
            new ServerId(server),
            group);
        Console.WriteLine("open");
        _ = Console.In.ReadToEnd();
        return 0;
    }

    /// <summary>Starts a process that opens a server's storage, and returns when it has done so.</summary>
    public static ChildProcess HoldStorage(StorageProvider provider, string place, string group, string server)
    {
        var child = Start("hold-storage", provider.ToString(), place, group, server);
        if (child._process.StandardOutput.ReadLine() != "open")
        {
            var error = child._process.StandardError.ReadToEnd();
            child.Dispose();
            throw new InvalidOperationException("The child process did not open the storage: " + error);
        }

        return child;
    }

    /// <summary>Hashes of simulated worlds, a line per seed, as another process finds them.</summary>
    public static string SimulationHashes(int from, int count)
    {
        using var child = Start(
            "hashes", from.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture));
        return child._process.StandardOutput.ReadToEnd();
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
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

    private static ChildProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return new ChildProcess(Process.Start(start)!);
    }
}
