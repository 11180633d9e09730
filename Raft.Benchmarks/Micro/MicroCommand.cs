using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Raft.Benchmarks.Processes;

namespace Raft.Benchmarks.Micro;

/// <summary>The benchmarks of parts that need no disk and no network, run by BenchmarkDotNet in this process.</summary>
internal static class MicroCommand
{
    public static int Run(string[] options)
    {
        var line = new CommandOptions("micro", options, "filter", "directory");

        // In this process: a project of BenchmarkDotNet's own would have to restore and build all of ours again.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddExporter(MarkdownExporter.GitHub)
            .AddLogger(ConsoleLogger.Default)
            .WithArtifactsPath(line.Directory("micro"));
        var summaries = BenchmarkSwitcher
            .FromTypes([typeof(SerializerBenchmarks), typeof(LogBenchmarks), typeof(BatchBenchmarks), typeof(QuorumBenchmarks)])
            .Run(["--filter", line.Text("filter", "*")], config);
        return summaries.Any(
            static summary => summary.HasCriticalValidationErrors || summary.Reports.Any(static report => !report.Success))
            ? 1
            : 0;
    }
}
