using System.Collections;
using Raft.Host.CommandLine;

var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(
        static entry => (string)entry.Key, static entry => (string?)entry.Value ?? string.Empty, StringComparer.Ordinal);
switch (CommandLineArguments.Parse(args))
{
    case CommandLineArguments.Development development:
        return await HostCommand.RunDevelopmentAsync(development);
    case CommandLineArguments.Node node:
        return await HostCommand.RunNodeAsync(node, environment);
    case CommandLineArguments.HealthCheck healthCheck:
        return await HealthCheckCommand.RunAsync(healthCheck.Url, environment, Console.Error);
    case CommandLineArguments.Member member:
        return await MemberCommand.RunAsync(member, Console.Out, Console.Error);
    case CommandLineArguments.Snapshot snapshot:
        return await SnapshotCommand.RunAsync(snapshot, Console.Out, Console.Error);
    case CommandLineArguments.Certificates certificates:
        return await CertificatesCommand.RunAsync(certificates, Console.Out, Console.Error);
    case CommandLineArguments.Inspect inspect:
        return await InspectCommand.RunAsync(inspect, environment, Console.Out, Console.Error);
    case CommandLineArguments.Recover recover:
        return await RecoverCommand.RunAsync(recover, environment, Console.Out, Console.Error);
    case CommandLineArguments.Readmit readmit:
        return await ReadmitCommand.RunAsync(readmit, environment, Console.Out, Console.Error);
    case CommandLineArguments.Version:
        Console.WriteLine(Usage.Version);
        return ExitCode.Success;
    case CommandLineArguments.Invalid invalid:
        Console.Error.WriteLine(invalid.Error);
        Console.Error.WriteLine(Usage.Short);
        return ExitCode.Usage;
    default:
        Console.Write(Usage.Long());
        return ExitCode.Success;
}
