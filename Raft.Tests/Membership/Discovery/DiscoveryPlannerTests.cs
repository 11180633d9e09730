using System.Collections.Immutable;
using Raft.Actors.Membership.Discovery;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Xunit;

namespace Raft.Tests.Membership.Discovery;

public sealed class DiscoveryPlannerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DiscoveryPolicy Policy = new(JoinPolicy.Voter, StableFor: 5 * Second, RemoveAfter: 60 * Second, MinVoters: 3);

    private static ServerId Id(int number) => new($"n{number}");

    private static string Address(int number) => $"akka.tcp://raft@10.0.0.{number}:4053";

    private static Configuration Voters(params int[] numbers) => new([.. numbers.Select(static number => new Server(Id(number), Address(number)))]);

    private static SeenServer Seen(int number, string? address = null, int seconds = 10) =>
        new(Id(number), address ?? Address(number), seconds * Second, IsEmpty: true, Configuration.Empty);

    /// <summary>One that has a log, of a group of these.</summary>
    private static SeenServer WithState(SeenServer server, params int[] group) => server with { IsEmpty = false, Configuration = Voters(group) };

    /// <summary>Members and for how many seconds they have been silent.</summary>
    private static ImmutableArray<MemberContact> Silent(params (int Number, int Seconds)[] members) =>
        [.. members.Select(static member => new MemberContact(Id(member.Number), member.Seconds * Second))];

    private static MembershipRequest? Next(
        Configuration configuration, SeenServer[] seen, ImmutableArray<MemberContact> contacts, DiscoveryPolicy? policy = null, bool isCommitted = true) =>
        DiscoveryPlanner.Next(policy ?? Policy, Id(1), new ConfigurationInfo(7, configuration, isCommitted), [.. seen], contacts, Second);

    [Fact]
    public void Nothing_is_done_while_all_servers_are_seen_and_answer() =>
        Assert.Null(Next(Voters(1, 2, 3), [Seen(1), Seen(2), Seen(3)], Silent((1, 0), (2, 0), (3, 0))));

    [Fact]
    public void A_server_that_has_been_seen_long_enough_joins_on_top_of_the_configuration_that_was_looked_at()
    {
        var contacts = Silent((1, 0), (2, 0), (3, 0));
        Assert.Equal(new AddVoter(Id(4), Address(4)) { PreviousIndex = 7 }, Next(Voters(1, 2, 3), [Seen(4)], contacts));
        Assert.Equal(
            new AddNonvoter(Id(4), Address(4)) { PreviousIndex = 7 }, Next(Voters(1, 2, 3), [Seen(4)], contacts, Policy with { JoinAs = JoinPolicy.Nonvoter }));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4, seconds: 4)], contacts));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4)], contacts, isCommitted: false));
    }

    [Fact]
    public void A_member_that_moved_keeps_its_vote()
    {
        var contacts = Silent((1, 0), (2, 10), (3, 0));
        var moved = WithState(Seen(2, Address(9)), 1, 2, 3);
        Assert.Equal(new AddNonvoter(Id(2), Address(9)) { PreviousIndex = 7 }, Next(Voters(1, 2, 3), [moved], contacts));

        // Too short a time; with an empty disk; at another's address; at both.
        Assert.Null(Next(Voters(1, 2, 3), [moved with { SeenFor = Second }], contacts));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(2, Address(9))], contacts));
        Assert.Null(Next(Voters(1, 2, 3), [moved with { Address = Address(3) }], contacts));
        Assert.Null(Next(Voters(1, 2, 3), [moved, WithState(Seen(2), 1, 2, 3)], contacts));
    }

    [Fact]
    public void Two_servers_that_claim_one_id_or_one_address_are_both_ignored()
    {
        var contacts = Silent((1, 0), (2, 0), (3, 0));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4), Seen(4, Address(5))], contacts));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4), Seen(5, Address(4))], contacts));
    }

    [Fact]
    public void A_server_with_state_or_of_another_group_is_not_added()
    {
        var contacts = Silent((1, 0), (2, 0), (3, 0));
        Assert.NotNull(Next(Voters(1, 2, 3), [Seen(4)], contacts));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4)], contacts, Policy with { JoinAs = JoinPolicy.None }));
        Assert.Null(Next(Voters(1, 2, 3), [WithState(Seen(4), 1, 2, 3, 4)], contacts));

        // One that may be about to begin a group with another, and one that has left it to this group's.
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4) with { PledgedTo = Id(9) }], contacts));
        Assert.NotNull(Next(Voters(1, 2, 3), [Seen(4) with { PledgedTo = Id(1) }], contacts));

        // While a second group of this name is in sight, neither fills anybody.
        var foreign = WithState(Seen(7), 7, 8, 9);
        Assert.Null(Next(Voters(1, 2, 3), [Seen(4), foreign], contacts));
        Assert.Equal(Id(7), DiscoveryPlanner.ForeignGroup(Voters(1, 2, 3), [Seen(4), foreign])!.Id);
        Assert.Null(DiscoveryPlanner.ForeignGroup(Voters(1, 2, 3), [Seen(4), WithState(Seen(5), 1, 2, 5)]));
    }

    [Fact]
    public void A_nonvoter_that_answers_is_promoted()
    {
        var configuration = new Configuration([.. Voters(1, 2, 3).Servers, new Server(Id(4), Address(4), Suffrage.Nonvoter)]);
        Assert.Equal(new AddVoter(Id(4), Address(4)) { PreviousIndex = 7 }, Next(configuration, [Seen(4)], Silent((1, 0), (2, 0), (3, 0), (4, 0))));
        Assert.Null(Next(configuration, [Seen(4)], Silent((1, 0), (2, 0), (3, 0), (4, 5))));
    }

    [Fact]
    public void A_member_long_gone_is_removed_only_while_a_quorum_is_healthy_and_enough_stay()
    {
        SeenServer[] four = [Seen(1), Seen(2), Seen(3), Seen(4)];
        Assert.Equal(
            new RemoveServer(Id(5)) { PreviousIndex = 7 }, Next(Voters(1, 2, 3, 4, 5), four, Silent((1, 0), (2, 0), (3, 0), (4, 0), (5, 60))));

        // Not long enough; still seen; never by a setting; no quorum is healthy; too few would stay.
        Assert.Null(Next(Voters(1, 2, 3, 4, 5), four, Silent((1, 0), (2, 0), (3, 0), (4, 0), (5, 59))));
        Assert.Null(Next(Voters(1, 2, 3, 4, 5), [.. four, Seen(5)], Silent((1, 0), (2, 0), (3, 0), (4, 0), (5, 60))));
        Assert.Null(Next(Voters(1, 2, 3, 4, 5), four, Silent((1, 0), (2, 0), (3, 0), (4, 0), (5, 60)), Policy with { RemoveAfter = null }));
        Assert.Null(Next(Voters(1, 2, 3, 4, 5), [Seen(1), Seen(2)], Silent((1, 0), (2, 0), (3, 70), (4, 70), (5, 70))));
        Assert.Null(Next(Voters(1, 2, 3, 4, 5), four, Silent((1, 0), (2, 0), (3, 0), (4, 0))));
        Assert.Null(Next(Voters(1, 2, 3), [Seen(1), Seen(2)], Silent((1, 0), (2, 0), (3, 70))));
    }

    [Fact]
    public void The_leader_does_not_remove_itself() =>
        Assert.Null(Next(Voters(1, 2, 3, 4), [Seen(2), Seen(3), Seen(4)], Silent((2, 0), (3, 0), (4, 0))));
}
