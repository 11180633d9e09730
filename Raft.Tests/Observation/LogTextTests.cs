using Raft.Actors.LogLines;
using Xunit;

namespace Raft.Tests.Observation;

public sealed class LogTextTests
{
    [Fact]
    public void Plain_text_stays_as_it_is() =>
        Assert.Equal("akka.tcp://raft@höst:1/user/$a", LogText.Clean("akka.tcp://raft@höst:1/user/$a"));

    [Theory]
    [InlineData("\u001b[2Jx", "?[2Jx")]
    [InlineData("a\r\nb\tc", "a??b?c")]
    [InlineData("a\u2028b\u202ec\u0085d", "a?b?c?d")]
    public void Control_characters_and_line_breaks_do_not_get_through(string text, string clean) =>
        Assert.Equal(clean, LogText.Clean(text));

    [Fact]
    public void Half_a_character_does_not_get_through() => Assert.Equal("a?b", LogText.Clean($"a{(char)0xD800}b"));

    [Fact]
    public void Long_text_is_cut()
    {
        var clean = LogText.Clean(new string('x', 1_000_000));
        Assert.Equal($"{new string('x', LogText.MaxLength)}… (1000000 characters)", clean);
    }
}
