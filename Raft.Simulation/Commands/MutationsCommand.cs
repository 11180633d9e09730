using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Raft.Simulation.Commands;

/// <summary>
/// Puts one bug after the other into a copy of the library, and counts the seeds until the simulation finds it; if none does, a
/// scenario file may. A bug that is not found shows what the simulation is blind to.
/// </summary>
internal static partial class MutationsCommand
{
    private const string Output = "bin/Release/net10.0";

    public static int Run(string[] typed)
    {
        var arguments = new Arguments(typed, "--seeds", "--only");
        var seeds = arguments.Number("--seeds") ?? 2000;
        var only = arguments.Text("--only") ?? string.Empty;
        var root = Root();
        var copy = Directory.CreateTempSubdirectory("raft-mutations-").FullName;
        var missed = 0;
        try
        {
            Copy(root, copy);
            Build(copy, "the library as it is", "Raft.Simulation");
            Console.WriteLine("| bug | seeds | found as |\n|---|---|---|");
            foreach (var mutation in Mutation.All.Where(
                mutation => mutation.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            {
                var verdict = Try(mutation, copy, seeds);
                missed += verdict is null ? 1 : 0;
                Console.WriteLine($"| {mutation.Name} | {verdict ?? $"NOT FOUND in {seeds} |"} |");
            }
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }

        Console.WriteLine($"{missed} not found");
        return missed > 0 ? 1 : 0;
    }

    private static string? Try(Mutation mutation, string copy, long seeds)
    {
        var file = Path.Combine(copy, "Raft.Actors", mutation.File);
        var right = File.ReadAllText(file);
        if (right.Split(mutation.Right).Length != 2)
        {
            throw new InvalidOperationException(
                $"'{mutation.Name}': the text does not stand exactly once in {mutation.File}; bring the mutation up to date");
        }

        File.WriteAllText(file, right.Replace(mutation.Right, mutation.Wrong, StringComparison.Ordinal));
        try
        {
            // The simulation itself stays as it is, so that the library alone is compiled.
            Build(copy, $"'{mutation.Name}'", "Raft.Actors", "--no-restore");
            File.Copy(
                Path.Combine(copy, "Raft.Actors", Output, "Raft.Actors.dll"),
                Path.Combine(copy, "Raft.Simulation", Output, "Raft.Actors.dll"),
                overwrite: true);
            var run = Dotnet(
                copy,
                Path.Combine("Raft.Simulation", Output, "Raft.Simulation.dll"),
                "run",
                "--until-violation",
                "--seeds",
                seeds.ToString(CultureInfo.InvariantCulture));
            var found = FirstViolation().Match(run.Output);
            if (found.Success)
            {
                return $"{found.Groups["seed"].Value} | {Shorten(found.Groups["violation"].Value)}";
            }

            // What chance seldom brings about may have a file of its own.
            var scenario = FailedScenario()
                .Match(Dotnet(copy, Path.Combine("Raft.Simulation", Output, "Raft.Simulation.dll"), "scenario").Output);
            return scenario.Success ? $"{scenario.Groups["file"].Value} | {Shorten(scenario.Groups["what"].Value)}" : null;
        }
        finally
        {
            File.WriteAllText(file, right);
        }
    }

    private static void Build(string copy, string what, string project, params string[] options)
    {
        var build = Dotnet(
            copy,
            [
                "build", "-c", "Release", "-v", "q", "-p:RunAnalyzers=false", "-p:EnforceCodeStyleInBuild=false",
                "-p:TreatWarningsAsErrors=false", .. options, project,
            ]);
        if (build.Code != 0)
        {
            throw new InvalidOperationException($"{what} does not compile: {build.Output}");
        }
    }

    private static string Shorten(string violation) => violation.Length > 110 ? violation[..110] + "…" : violation;

    private static (int Code, string Output) Dotnet(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["UseSharedCompilation"] = "false";
        using var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static string Root()
    {
        for (var directory = new DirectoryInfo(Environment.CurrentDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "RaftAkka.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException("run it from within the repository: it needs the library's source");
    }

    private static void Copy(string root, string copy)
    {
        foreach (var file in Directory.EnumerateFiles(root, "Directory.*.props").Append(Path.Combine(root, ".editorconfig")))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        foreach (var project in new[] { "Raft.Actors", "Raft.Simulation" })
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, project), "*", SearchOption.AllDirectories))
            {
                var relative = Path.GetRelativePath(root, file);
                if (relative.Split(Path.DirectorySeparatorChar) is [_, "bin" or "obj", ..])
                {
                    continue;
                }

                Directory.CreateDirectory(Path.Combine(copy, Path.GetDirectoryName(relative)!));
                File.Copy(file, Path.Combine(copy, relative));
            }
        }
    }

    [GeneratedRegex(@"seed (?<seed>\d+) breaks a rule:\s+(at [\d.]+ s: )?(?<violation>[^\n]*)")]
    private static partial Regex FirstViolation();

    [GeneratedRegex(@"FAILED (?<file>[\w-]+)\.scenario:\d+: (?<what>[^\n]*)")]
    private static partial Regex FailedScenario();
}
