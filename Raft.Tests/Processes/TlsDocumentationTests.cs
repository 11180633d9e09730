using System.Diagnostics;
using System.Runtime.CompilerServices;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Processes;

/// <summary>Certificates that are made as docs/operations.md says do their work.</summary>
[Collection(ProcessGroup.Name)]
[Trait("Category", ProcessGroup.Category)]
public sealed class TlsDocumentationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Certificates_made_by_one_command_carry_a_group_and_are_renewed_while_it_runs()
    {
        using var directory = new TemporaryDirectory();
        await RunAsync(directory.Path, (await BlocksAsync())[0]);
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                // As operations.md says: two variables, and nothing else.
                Environment = options.Environment
                    .Add("RAFT_TLS_CERTIFICATE", directory[$"certificates/{options.Id}/{options.Id}.pfx"])
                    .Add("RAFT_TLS_AUTHORITY", directory["certificates/authority.pem"]),
            },
            scheme: "akka.ssl.tcp");
        await cluster.StartAsync();
        Assert.Equal(Known.Done, (await cluster.Hosts[0].Client.PutAsync("a", "b")).Outcome);
        await cluster.ConvergedAsync();

        await RunAsync(directory.Path, (await BlocksAsync())[1]);
        await cluster.EventuallyAsync(() =>
        {
            Assert.All(
                cluster.Hosts,
                static host => Assert.Contains("has read the new certificate", host.Output, StringComparison.Ordinal));
            return Task.CompletedTask;
        });
        cluster.Hosts[2].Kill();
        cluster.Hosts[2].Start();
        await cluster.LeaderAsync();
        Assert.Equal(Known.Done, (await cluster.Hosts[0].Client.PutAsync("a", "c")).Outcome);
        await cluster.ConvergedAsync();
    }

    [Fact]
    public async Task Certificates_made_by_openssl_as_the_documents_say_carry_a_group()
    {
        using var directory = new TemporaryDirectory();
        var commands = (await BlocksAsync())
            .Single(static block => block.StartsWith("openssl req", StringComparison.Ordinal)).Split('\n');
        Assert.Equal(5, commands.Length);
        foreach (var (id, skip) in new[] { ("n1", 0), ("n2", 1), ("n3", 1) })
        {
            // The authority is made once.
            await RunAsync(directory.Path, string.Join('\n', commands[skip..])
                .Replace("n1", id, StringComparison.Ordinal)
                .Replace("10.0.0.1", "127.0.0.1", StringComparison.Ordinal));
        }

        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Files = [RepositoryFile("hocon/tls.conf")],
                Configuration = options.Configuration + $$"""
                    raft.tls.authority = "{{directory["ca.pem"]}}"
                    akka.remote.dot-netty.tcp.ssl.certificate.path = "{{directory[options.Id + ".pfx"]}}"
                    akka.remote.dot-netty.tcp.ssl.certificate.password = "change-me"

                    """,
            },
            scheme: "akka.ssl.tcp");
        await cluster.StartAsync();
        Assert.Equal(Known.Done, (await cluster.Hosts[0].Client.PutAsync("a", "b")).Outcome);
        await cluster.ConvergedAsync();
    }

    /// <summary>The commands of the section Certificates.</summary>
    private static async Task<string[]> BlocksAsync()
    {
        var section = (await File.ReadAllTextAsync(RepositoryFile("docs/operations.md")))
            .Split("\n## Certificates\n")[1].Split("\n## ")[0];
        return [.. section.Split("```sh\n").Skip(1).Select(static block => block.Split("```")[0].Trim())];
    }

    /// <summary>Runs commands for servers at the loopback address.</summary>
    private static async Task RunAsync(string directory, string commands)
    {
        var script = commands
            .Replace("Raft.Host ", $"dotnet {Path.Combine(AppContext.BaseDirectory, "Raft.Host.dll")} ", StringComparison.Ordinal)
            .Replace("n1.example+10.0.0.1", "127.0.0.1", StringComparison.Ordinal)
            .Replace("n2.example", "127.0.0.1", StringComparison.Ordinal)
            .Replace("n3.example", "127.0.0.1", StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-e", "-c", script])
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
        })!;
        var error = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, error);
    }

    private static string RepositoryFile(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", name));
}
