using Raft.Actors.Membership;
using Raft.Actors.Model;
using Xunit;

namespace Raft.Tests.Membership;

/// <summary>Which changes leave voters who can commit.</summary>
public sealed class QuorumHealthTests
{
    [Theory]
    [InlineData("1 2 3", "1 2", "1 2", true, "a silent voter goes")]
    [InlineData("1 2 3", "1 3", "1 2", false, "of those who are left one is silent")]
    [InlineData("1 2 3", "2 3", "1 2", false, "a leader goes, and leaves one that is silent")]
    [InlineData("1 2 3", "2 3", "1 2 3", true, "a leader goes from a healthy group")]
    [InlineData("1 2", "2", "1 2", true, "one is left, who is healthy")]
    [InlineData("1 2", "2", "1", false, "one is left, who is silent")]
    [InlineData("1 2 3 4 5", "1 2 3 4", "1 2 3 5", true, "three of four")]
    [InlineData("1 2 3 4 5", "1 2 3 4", "1 2 5", false, "two of four")]
    [InlineData("1 2 3 4", "1 2 3", "1 4", false, "one of three")]
    [InlineData("1 2 3 4", "1 2 3", "1 2", true, "a silent one goes from a group that stands still already: it is mended so")]
    [InlineData("1 2 3 4", "1 2 3", "1", true, "one that is silent never makes it worse")]
    [InlineData("1 2 3", "1 2 3", "1", true, "nobody loses a vote")]
    public void A_change_that_leaves_no_healthy_majority_is_refused(string current, string next, string healthy, bool isAllowed, string because)
    {
        var numbers = healthy.Split(' ');
        var reason = QuorumHealth.WhyNot(Of(current), Of(next), id => numbers.Contains(id.Value[1..]));
        Assert.True(isAllowed == reason is null, $"{because}: {reason}");
    }

    [Fact]
    public void The_reason_names_who_is_needed_and_who_is_silent() =>
        Assert.StartsWith(
            "nobody could commit anything without n2: 2 of the 2 voters that are left are needed, and n3 does not follow just now.",
            QuorumHealth.WhyNot(Of("1 2 3"), Of("1 3"), static id => id.Value != "n3"),
            StringComparison.Ordinal);

    /// <summary>Nonvoters count for nothing, whatever they answer.</summary>
    [Fact]
    public void A_nonvoter_does_not_count_towards_a_healthy_majority()
    {
        var nonvoter = new Server(new ServerId("n4"), "a4", Suffrage.Nonvoter);
        var current = new Configuration([.. Of("1 2 3").Servers, nonvoter]);
        Assert.NotNull(QuorumHealth.WhyNot(current, current.Without(new ServerId("n2")), static id => id.Value != "n3"));
        Assert.Null(QuorumHealth.WhyNot(current, current.Without(nonvoter.Id), static id => id.Value == "n1"));
    }

    private static Configuration Of(string numbers) =>
        new([.. numbers.Split(' ').Select(static number => new Server(new ServerId($"n{number}"), $"a{number}"))]);
}
