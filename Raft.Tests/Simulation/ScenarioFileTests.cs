using Raft.Simulation.Commands;
using Raft.Simulation.Scripting;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Simulation;

/// <summary>The scenario files of Raft.Simulation/Scenarios, and the language they are written in.</summary>
[Trait("Category", "Simulation")]
public sealed class ScenarioFileTests(ITestOutputHelper output)
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(ScenariosCommand.Directory, "*.scenario").Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_expectation_of_the_file_holds(string file)
    {
        var path = Path.Combine(ScenariosCommand.Directory, file);

        Assert.StartsWith("# ", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal(ScenarioRunner.Run(path, output.WriteLine), ScenarioRunner.Run(path, static _ => { }));
    }

    [Theory]
    [InlineData("elect 1\nfly 2", "x:2: fly 2: 'fly' is no command")]
    [InlineData("# only this\n", "x:1: there is nothing in it")]
    [InlineData("elect 9", "x:1: elect 9: there is no server 9")]
    [InlineData("elect one", "x:1: elect one: a server's number is missing: 'one' is no number")]
    [InlineData("elect 1 now", "x:1: elect 1 now: 'now' is not understood here")]
    [InlineData("elect 1\nservers 5", "x:2: servers 5: the world has begun already")]
    [InlineData("advance 5", "x:1: advance 5: '5' is no time")]
    [InlineData("set heartbeat-timeout never\nelect 1", "x:2: elect 1: raft.heartbeat-timeout = 'never'")]
    [InlineData("drop 1->2 Telegram", "x:1: drop 1->2 Telegram: there is no message Telegram")]
    [InlineData("elect 1\npropose 1 x=5\npropose 1 x=5", "x:3: propose 1 x=5: a value other than 0 may be written once")]
    [InlineData("elect 1\n\nexpect sunshine", "x:3: expect sunshine: 'sunshine' is no fact")]
    [InlineData("elect 1\nexpect leader 2 # no", "x:2: expect leader 2: n2 is Follower; n1 Leader t2")]
    [InlineData("elect 1\nexpect leader 1 term 7", "x:2: expect leader 1 term 7: it leads term 2")]
    [InlineData("elect 1\nexpect log 1 = 1 1", "x:2: expect log 1 = 1 1: it is 1 2")]
    [InlineData("elect 1\npropose 1 x=5\nawait answer = done\nexpect state 1 x=6", "x:4: expect state 1 x=6: x=5")]
    [InlineData("elect 1\nread 1 x as a\nexpect answer b = 5", "x:3: expect answer b = 5: nothing of that name was asked")]
    [InlineData("elect 1\ncrash 1\nread 1 x\nawait answer = 5", "x:4: await answer = 5: after 60 s there is no answer")]
    [InlineData("elect 1\ncrash 2\npause 2 1s", "x:3: pause 2 1s: n2 is down")]
    public void A_mistake_in_a_file_is_reported_with_its_line(string text, string error) =>
        Assert.StartsWith(error, Assert.Throws<ScenarioException>(() => ScenarioRunner.Run("x", text, output.WriteLine)).Message, StringComparison.Ordinal);

    [Fact]
    public void Each_command_has_a_name_of_its_own() =>
        Assert.Equal(ScenarioCommand.All.Count, ScenarioCommand.All.Select(static command => command.Name).Distinct().Count());
}
