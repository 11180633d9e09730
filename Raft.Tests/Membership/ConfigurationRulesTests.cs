using CsCheck;
using Raft.Actors.Membership;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Membership;

/// <summary>What each request makes of each configuration (as hashicorp/raft's configuration_test.go walks through them).</summary>
public sealed class ConfigurationRulesTests
{
    private static readonly Configuration OneVoter = new([Voter(1)]);
    private static readonly Configuration VoterAndNonvoter = new([Voter(1), Nonvoter(2)]);
    private static readonly Configuration ThreeVoters = new([Voter(1), Voter(2), Voter(3)]);

    public static TheoryData<string, Configuration, MembershipRequest, string> Steps => new()
    {
        { "a new voter is a nonvoter first", OneVoter, new AddVoter(Id(2), At(2)), "n1, n2 (nonvoter), then promoted" },
        { "a voter is a voter", ThreeVoters, new AddVoter(Id(2), At(2)), "nothing to change" },
        { "a voter moves", ThreeVoters, new AddVoter(Id(2), At(9)), "n1, n2 at 9, n3" },
        { "a nonvoter is promoted", VoterAndNonvoter, new AddVoter(Id(2), At(2)), "nothing to change, then promoted" },
        { "a nonvoter moves and is promoted", VoterAndNonvoter, new AddVoter(Id(2), At(9)), "n1, n2 at 9 (nonvoter), then promoted" },
        { "a new nonvoter", OneVoter, new AddNonvoter(Id(2), At(2)), "n1, n2 (nonvoter)" },
        { "a nonvoter is a nonvoter", VoterAndNonvoter, new AddNonvoter(Id(2), At(2)), "nothing to change" },
        { "a nonvoter moves", VoterAndNonvoter, new AddNonvoter(Id(2), At(9)), "n1, n2 at 9 (nonvoter)" },
        { "AddNonvoter takes no vote away", ThreeVoters, new AddNonvoter(Id(2), At(2)), "nothing to change" },
        { "AddNonvoter moves a voter", ThreeVoters, new AddNonvoter(Id(2), At(9)), "n1, n2 at 9, n3" },
        { "a voter is demoted", ThreeVoters, new DemoteVoter(Id(1)), "n1 (nonvoter), n2, n3" },
        { "a nonvoter is demoted", VoterAndNonvoter, new DemoteVoter(Id(2)), "nothing to change" },
        { "the last voter is demoted", VoterAndNonvoter, new DemoteVoter(Id(1)), "refused: n1 is the last voter" },
        { "an unknown server is demoted", OneVoter, new DemoteVoter(Id(7)), "refused: server n7 is not a member" },
        { "a voter is removed", ThreeVoters, new RemoveServer(Id(2)), "n1, n3" },
        { "a nonvoter is removed", VoterAndNonvoter, new RemoveServer(Id(2)), "n1" },
        { "the last voter is removed", VoterAndNonvoter, new RemoveServer(Id(1)), "refused: n1 is the last voter" },
        { "an unknown server is removed", OneVoter, new RemoveServer(Id(7)), "refused: server n7 is not a member" },
        { "an address that another has", ThreeVoters, new AddVoter(Id(4), At(2)), "refused: server n2 has the address" },
        { "a move to an address that another has", ThreeVoters, new AddNonvoter(Id(3), At(2)), "refused: server n2 has the address" },
        { "no address", OneVoter, new AddVoter(Id(2), "somewhere"), "refused: 'somewhere' is not an address" },
        { "an address without a port", OneVoter, new AddNonvoter(Id(2), "akka://raft"), "refused: 'akka://raft' is not an address" },
        { "nobody", OneVoter, new RemoveServer(default), "refused: no server is named" },
        { "the configuration is another one", ThreeVoters, new RemoveServer(Id(2)) { PreviousIndex = 6 }, "refused: it was asked for on top of the configuration of entry 6, but that of entry 7 is in force" },
        { "the configuration is that one", ThreeVoters, new RemoveServer(Id(2)) { PreviousIndex = 7 }, "n1, n3" },
    };

    [Theory]
    [MemberData(nameof(Steps))]
    public void A_request_changes_the_configuration_or_is_refused(string what, Configuration current, MembershipRequest request, string expected)
    {
        Assert.NotEmpty(what);
        var step = ConfigurationRules.Step(current, 7, request);
        Assert.StartsWith(expected, Text(step), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_nonvoter_is_promoted()
    {
        Assert.Equal(new Configuration([Voter(1), Voter(2)]), ConfigurationRules.Promote(VoterAndNonvoter, Id(2), default));
        Assert.Null(ConfigurationRules.Promote(VoterAndNonvoter, Id(1), default));
        Assert.Null(ConfigurationRules.Promote(VoterAndNonvoter, Id(7), default));
    }

    /// <summary>The whole of the safety argument of 4.1: any two majorities, before and after a step, share a server.</summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Majorities_before_and_after_any_step_overlap() =>
        Gen.Select(Gen.Int[0, 3].Array[1, 6], Gen.Int[0, 3], Gen.Int[1, 7]).TryEach((kinds, command, number) =>
        {
            var current = new Configuration([.. kinds.Select((kind, place) => kind == 0 ? Nonvoter(place + 1) : Voter(place + 1))]);
            if (current.Voters.IsEmpty)
            {
                return;
            }

            MembershipRequest request = command switch
            {
                0 => new AddVoter(Id(number), At(number)),
                1 => new AddNonvoter(Id(number), At(number)),
                2 => new DemoteVoter(Id(number)),
                _ => new RemoveServer(Id(number)),
            };
            var next = ConfigurationRules.Step(current, 1, request).Next ?? current;
            AssertOverlap(current, next);
            AssertOverlap(next, ConfigurationRules.Promote(next, Id(number), default) ?? next);
        });

    private static void AssertOverlap(Configuration before, Configuration after)
    {
        // Two majorities miss each other only if they fit side by side into the voters of both.
        var all = before.Voters.Union(after.Voters).Count();
        Assert.True(before.QuorumSize + after.QuorumSize > all, $"{before} | {after}");
        Assert.False(after.Voters.IsEmpty);
    }

    private static string Text(ConfigurationStep step) =>
        step.Refusal is { } reason ? $"refused: {reason}"
        : (step.Next is null ? "nothing to change" : string.Join(", ", step.Next.Servers.Select(NameOf))) + (step.Promotes ? ", then promoted" : string.Empty);

    private static string NameOf(Server server) =>
        server.Id + (server.Address == At(9) ? " at 9" : string.Empty) + (server.Suffrage == Suffrage.Nonvoter ? " (nonvoter)" : string.Empty);

    private static ServerId Id(int number) => new($"n{number}");

    private static string At(int number) => $"akka.tcp://raft@n{number}:1";

    private static Server Voter(int number) => new(Id(number), At(number));

    private static Server Nonvoter(int number) => new(Id(number), At(number), Suffrage.Nonvoter);

    private static readonly GroupIdentity Group = new(7);

    private static Configuration Identified => new([.. Enumerable.Range(1, 3).Select(number => Voter(number) with { Journal = JournalOf(number) })], Group);

    [Fact]
    public void A_vote_belongs_to_a_journal()
    {
        Assert.True(Identified.IsVoter(Id(2), JournalOf(2)));
        Assert.False(Identified.IsVoter(Id(2), JournalOf(9)));
        Assert.False(Identified.IsVoter(Id(2), default));
        Assert.True(new Configuration([Voter(1)]).IsVoter(Id(1), JournalOf(9)), "a group without an identity knows no journals");
    }

    /// <summary>First the vote goes, then it comes back with the new journal: in one step two majorities could miss each other.</summary>
    [Fact]
    public void A_server_that_lost_its_journal_is_a_nonvoter_before_it_votes_with_the_new_one()
    {
        var without = ConfigurationRules.LoseJournal(Identified, Id(2))!;
        Assert.Equal((Suffrage.Nonvoter, true, default, Group), (without.Find(Id(2))!.Suffrage, without.Find(Id(2))!.RegainsVote, without.Find(Id(2))!.Journal, without.Identity));
        AssertOverlap(Identified, without);
        var again = ConfigurationRules.Promote(without, Id(2), JournalOf(9))!;
        Assert.Equal((Suffrage.Voter, false, JournalOf(9)), (again.Find(Id(2))!.Suffrage, again.Find(Id(2))!.RegainsVote, again.Find(Id(2))!.Journal));
        AssertOverlap(without, again);
        Assert.Null(ConfigurationRules.LoseJournal(without, Id(2)));
        Assert.Null(ConfigurationRules.LoseJournal(new Configuration([Voter(1)], Group), Id(1)));
    }

    [Fact]
    public void An_operator_may_cancel_that_a_server_regains_its_vote()
    {
        var without = ConfigurationRules.LoseJournal(Identified, Id(2))!;
        Assert.False(ConfigurationRules.Step(without, 1, new DemoteVoter(Id(2))).Next!.Find(Id(2))!.RegainsVote);
    }

    [Fact]
    public void A_group_of_an_older_version_gets_its_identity_when_every_journal_is_known()
    {
        var older = new Configuration([Voter(1), Voter(2)]);
        Assert.Null(ConfigurationRules.Identify(older, Group, static id => id == Id(1) ? JournalOf(1) : default));
        var identified = ConfigurationRules.Identify(older, Group, static id => JournalOf(int.Parse(id.Value[1..], System.Globalization.CultureInfo.InvariantCulture)))!;
        Assert.Equal(Group, identified.Identity);
        Assert.Equal([JournalOf(1), JournalOf(2)], identified.Servers.Select(static server => server.Journal));
        Assert.Null(ConfigurationRules.Identify(identified, new GroupIdentity(8), static _ => JournalOf(1)));
    }

    [Fact]
    public void A_first_configuration_always_makes_the_same_identity_and_another_one_another()
    {
        var first = GroupIdentity.Of(Identified);
        Assert.Equal(first, GroupIdentity.Of(Identified));
        Assert.NotEqual(first, GroupIdentity.Of(Identified.With(Voter(2) with { Journal = JournalOf(9) })));
        Assert.True(GroupIdentity.TryParse(first.ToString(), out var read) && read == first);
        Assert.False(GroupIdentity.TryParse("none", out _));
    }

    private static JournalIdentity JournalOf(int number) => new((ulong)(1000 + number));
}
