using Raft.Actors.Settings;
using Raft.Host.Hosting;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>A file that is no HOCON is named with its line; Akka's parser takes half of it in silence, or never ends.</summary>
public sealed class HoconCheckTests
{
    [Theory]
    [InlineData("raft {\n group = kv\n", "line 1: this '{' is never closed")]
    [InlineData("raft {\n a = 1\n}\n}\n", "line 4: this '}' closes nothing")]
    [InlineData("raft {\n group = \"kv\n}\n", "line 2: a quote is not closed")]
    [InlineData("hello world\nthis is text\n", "line 1: 'hello world' is not a setting")]
    [InlineData("<xml>\n<a b=\"c\"/>\n</xml>", "line 1: '<xml>' is not a setting")]
    [InlineData("raft {\n servers = [ { id = n1 }\n}\n", "line 2: this '[' is never closed")]
    [InlineData("raft {\n servers = [\n { id = n1 },\n", "line 2: this '[' is never closed")]
    [InlineData("a = 1\nb 2\nc = 3\n", "line 2: 'b 2' is not a setting")]
    [InlineData("a = ]\n", "line 1: 'a' has no value")]
    [InlineData("a = 1\n= 3\n", "line 2: '= 3' is not a setting")]
    [InlineData("a = \"\"\"x\n\n", "line 1: these three quotes are never closed")]
    [InlineData("a {\n b = 1 ]\n}\n", "line 2: this ']' closes nothing")]
    [InlineData("# \u00e4\n\na = ${x\n", "line 3: this '${' is never closed")]
    [InlineData("{ a = 1 }\nb = 2", "line 2: 'b' comes after the end")]
    [InlineData("raft.group", "line 1: 'raft.group' is not a setting")]
    public void A_mistake_is_reported_with_its_line(string text, string expected)
    {
        var wrong = Assert.Throws<RaftConfigurationException>(() => HoconCheck.Require(text, "node.conf"));
        Assert.StartsWith($"the configuration file 'node.conf' is not HOCON: {expected}", wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n// at all")]
    [InlineData("{ \"raft\": { \"group\": \"kv\", \"servers\": [] } }")]
    [InlineData("raft:\n  { group: kv }\n")]
    [InlineData("a.b = 1, c = \"x } y\" // z }\nd += 2\ne = ${a.b}/${?x} {f = 1}\ng = [1, 2\n3] [4]\nh = \"\"\"a \" {\n\"\"\"\n")]
    [InlineData("a = \"\\\"}\\\\\"\nb {\n\n}\n\"c.d\" = e f g\n")]
    public void Correct_HOCON_is_accepted(string text) => HoconCheck.Require(text, "node.conf");

    [Fact]
    public void All_files_in_hocon_are_accepted()
    {
        foreach (var file in HoconFiles.All)
        {
            HoconCheck.Require(File.ReadAllText(file), file);
        }
    }
}
