using System.Runtime.CompilerServices;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Documentation;

/// <summary>The README tells the truth: its code compiles and runs, and its commands are those that CI calls.</summary>
public sealed class ReadmeTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    private static readonly string Readme = File.ReadAllText(Path.Combine(Root, "README.md"));

    [Theory]
    [InlineData("CounterExample.cs", "state machine")]
    [InlineData("CounterExample.cs", "start and apply")]
    [InlineData("HostedCounterExample.cs", "hosted")]
    public void The_readme_shows_the_example_that_is_compiled(string file, string part)
    {
        var lines = File.ReadAllLines(Path.Combine(Root, "Raft.Tests", "Documentation", file))
            .SkipWhile(line => line.Trim() != $"// README: {part}")
            .Skip(1)
            .TakeWhile(static line => line.Trim() != "// README: end")
            .ToArray();
        Assert.NotEmpty(lines);
        var indentation = lines.Where(static line => line.Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        var code = string.Join('\n', lines.Select(line => line.Length > 0 ? line[indentation..] : line)).TrimEnd();
        Assert.Contains(code, Readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_runs()
    {
        using var directory = new TemporaryDirectory();
        Assert.Equal(5, await CounterExample.RunAsync($$"""
            raft {
              group = counter
              server-id = n1
              servers = [ { id = n1, address = "akka.tcp://raft@127.0.0.1:4053" } ]
              heartbeat-timeout = 100ms
              election-timeout = 100ms
              leader-lease-timeout = 50ms
              intake.enqueue-timeout = 5s
              storage.directory = "{{directory.Path}}"
            }
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = WARNING
            """));
    }

    [Fact]
    public async Task The_examples_loop_ends_on_a_command_that_can_never_be_taken()
    {
        using var directory = new TemporaryDirectory();
        var run = CounterExample.RunAsync($$"""
            raft {
              group = counter
              server-id = n1
              servers = [ { id = n1, address = "akka.tcp://raft@127.0.0.1:4053" } ]
              intake.max-command-bytes = 2b
              storage.directory = "{{directory.Path}}"
            }
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = WARNING
            """);
        Assert.Contains("TooLarge", (await Assert.ThrowsAsync<InvalidOperationException>(() => run.WaitAsync(TimeSpan.FromSeconds(60)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hosted_example_runs()
    {
        using var directory = new TemporaryDirectory();
        await using var app = HostedCounterExample.Build(
            $$"""
            raft {
              group = counter
              server-id = n1
              servers = [ { id = n1, address = "akka.tcp://raft@127.0.0.1:4053" } ]
              heartbeat-timeout = 100ms
              election-timeout = 100ms
              leader-lease-timeout = 50ms
              storage.directory = "{{directory.Path}}"
            }
            akka.actor.provider = remote
            akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
            akka.loglevel = WARNING
            """,
            "http://127.0.0.1:0");
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var added = await http.PostAsync(new Uri("add/7", UriKind.Relative), null);
        Assert.Equal("7", await added.Content.ReadAsStringAsync());
        Assert.Equal("7", await http.GetStringAsync(new Uri("", UriKind.Relative)));
        await app.StopAsync();
    }

    [Theory]
    [InlineData("dotnet run -c Release --project Raft.Host")]
    [InlineData("dotnet test -c Release")]
    public void The_readme_names_the_two_commands(string command) => Assert.Contains($"\n{command}\n", Readme, StringComparison.Ordinal);

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
