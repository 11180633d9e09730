using System.Collections.Immutable;
using Raft.Actors.Membership.Discovery;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Xunit;

namespace Raft.Tests.Membership.Discovery;

public sealed class BootstrapPlanTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static string Address(int number) => $"akka.tcp://raft@10.0.0.{number}:4053";

    private static SeenServer Seen(int number, int expect = 3) =>
        new(new ServerId($"n{number}"), Address(number), Second, IsEmpty: true, Configuration.Empty) { BootstrapExpect = expect };

    private static ClusterView View(params int[] members) =>
        new(Address(members[0]), [.. members.Select(static number => new ClusterMember(Address(number), true))]);

    [Fact]
    public void The_expected_number_of_empty_servers_begins_and_the_first_of_them_writes_the_configuration()
    {
        var plan = BootstrapPlan.Make(3, View(2, 3, 1), [Seen(3), Seen(1), Seen(2)]);
        Assert.Equal(new Configuration([.. new[] { 1, 2, 3 }.Select(static number => new Server(new ServerId($"n{number}"), Address(number)))]), plan.Configuration);
        Assert.Equal(new ServerId("n1"), plan.Coordinator);

        // One that expects nobody waits to be added, and is not in the way.
        Assert.Equal(plan.Configuration, BootstrapPlan.Make(3, View(1, 2, 3, 4), [Seen(1), Seen(2), Seen(3), Seen(4, expect: 0)]).Configuration);
    }

    [Fact]
    public void Any_other_view_waits_and_says_for_what()
    {
        Waits("exactly 3", View(1, 2), Seen(1), Seen(2));
        Waits("exactly 3", View(1, 2, 3, 4), Seen(1), Seen(2), Seen(3), Seen(4));
        Waits("who it is", View(1, 2, 3, 4), Seen(1), Seen(2), Seen(3));
        Waits("has state", View(1, 2, 3), Seen(1), Seen(2), Seen(3) with { IsEmpty = false });
        Waits("has state", View(1, 2, 3, 4), Seen(1), Seen(2), Seen(3), Seen(4, 0) with { IsEmpty = false });
        Waits("one number", View(1, 2, 3), Seen(1), Seen(2), Seen(3, expect: 5));
        Waits("call themselves", View(1, 2, 3), Seen(1), Seen(2), Seen(3) with { Id = new ServerId("n1") });

        var view = View(1, 2, 3, 4);
        Waits("who it is", view with { Members = view.Members.SetItem(3, new ClusterMember(Address(4), IsReachable: false)) }, Seen(1), Seen(2), Seen(3), Seen(4, 0));
    }

    [Fact]
    public void A_server_is_seen_from_when_it_was_first_heard_without_a_break_and_not_when_it_is_unreachable_or_silent()
    {
        var sightings = new Sightings(3 * Second);
        var view = View(1, 2);
        var description = new ServerDescription(new ServerId("n2"), Address(2), 3, true, Configuration.Empty);
        sightings.Add(description, view, 10 * Second);
        sightings.Add(description with { Address = Address(9) }, view, 10 * Second);
        sightings.Add(description with { IsEmpty = false }, view, 12 * Second);
        sightings.Update(view, 13 * Second);
        var seen = Assert.Single(sightings.Seen(13 * Second));
        Assert.Equal((3 * Second, false), (seen.SeenFor, seen.IsEmpty));

        // Another one there begins anew, and so does one that was silent or cut off.
        sightings.Add(description with { ServerId = new ServerId("n5") }, view, 14 * Second);
        Assert.Equal(TimeSpan.Zero, Assert.Single(sightings.Seen(14 * Second)).SeenFor);
        sightings.Update(view, 18 * Second);
        Assert.Empty(sightings.Seen(18 * Second));
        sightings.Add(description, view, 19 * Second);
        sightings.Update(view with { Members = [new ClusterMember(Address(2), false)] }, 19 * Second);
        Assert.Empty(sightings.Seen(19 * Second));
    }

    [Fact]
    public void Only_an_unreachable_member_whose_server_is_seen_elsewhere_has_ended_for_certain()
    {
        var sightings = new Sightings(3 * Second);
        var description = new ServerDescription(new ServerId("n2"), Address(2), 3, true, Configuration.Empty);
        sightings.Add(description, View(1, 2, 3), Second);
        ImmutableArray<ClusterMember> members = [new(Address(1), true), new(Address(2), false), new(Address(3), true)];
        var cut = View(1) with { Members = members };
        sightings.Update(cut, Second);
        Assert.Empty(sightings.Superseded(cut));
        sightings.Add(description with { Address = Address(3) }, cut, Second);
        Assert.Equal(Address(2), Assert.Single(sightings.Superseded(cut)));
        Assert.Empty(sightings.Superseded(View(1, 2, 3)));
    }

    private static void Waits(string reason, ClusterView view, params SeenServer[] seen)
    {
        var plan = BootstrapPlan.Make(3, view, [.. seen]);
        Assert.Null(plan.Configuration);
        Assert.Contains(reason, plan.Waits, StringComparison.Ordinal);
    }
}
