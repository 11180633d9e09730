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
    public async Task Certificates_made_as_the_documents_say_carry_a_group()
    {
        using var directory = new TemporaryDirectory();
        var made = await MakeAsync(directory.Path, id: "n1");
        foreach (var id in new[] { "n2", "n3" })
        {
            // The authority is made once.
            await MakeAsync(directory.Path, id, skip: 1);
        }

        Assert.Contains("-CA ca.pem", made, StringComparison.Ordinal);
        using var cluster = new HostCluster(
            output,
            options => options with
            {
                Files = [RepositoryFile("hocon/tls.conf")],
                Configuration = options.Configuration
                    + $"akka.remote.dot-netty.tcp.ssl.certificate {{ path = \"{directory[options.Id + ".pfx"]}\", password = \"change-me\" }}\n",
                Environment = options.Environment.Add("SSL_CERT_FILE", directory["ca.pem"]),
            },
            scheme: "akka.ssl.tcp");
        await cluster.StartAsync();
        Assert.Equal(Known.Done, (await cluster.Hosts[0].Client.PutAsync("a", "b")).Outcome);
        await cluster.ConvergedAsync();
    }

    /// <summary>Runs the commands in the section Certificates, for a server at the loopback address; returns them.</summary>
    private static async Task<string> MakeAsync(string directory, string id, int skip = 0)
    {
        var section = (await File.ReadAllTextAsync(RepositoryFile("docs/operations.md"))).Split("## Certificates")[1];
        var commands = section.Split("```sh")[1].Split("```")[0].Trim().Split('\n')[skip..];
        Assert.Equal(5 - skip, commands.Length);
        var script = string.Join('\n', commands)
            .Replace("n1.example", $"{id}.example", StringComparison.Ordinal)
            .Replace("10.0.0.1", "127.0.0.1", StringComparison.Ordinal)
            .Replace("n1", id, StringComparison.Ordinal);
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-e", "-c", script])
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
        })!;
        var error = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.True(shell.ExitCode == 0, error);
        return script;
    }

    private static string RepositoryFile(string name, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", name));
}
