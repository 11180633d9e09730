using Raft.Actors.Snapshots;
using Xunit;

namespace Raft.Tests.Snapshots;

public sealed class CompactionPlannerTests
{
    [Fact]
    public void No_event_is_deleted_before_a_snapshot_is_complete()
    {
        var planner = new CompactionPlanner(2);
        planner.Add(1, 0);
        planner.Add(2, 10);
        Assert.Null(planner.Next(100));
    }

    [Fact]
    public void Events_go_in_slices_as_far_as_their_entries_lie_below_the_index_and_never_the_snapshots_own()
    {
        var planner = new CompactionPlanner(2);
        for (var sequenceNr = 1; sequenceNr <= 6; sequenceNr++)
        {
            planner.Add(sequenceNr, 10 * sequenceNr);
        }

        planner.AddCompleted(7, null);
        Assert.Null(planner.Next(20));
        Assert.Equal(2, planner.Next(21));
        Assert.Equal(2, planner.Next(1000));
        planner.Deleted(2);
        Assert.Equal(4, planner.Next(1000));
        planner.Deleted(4);
        Assert.Equal(6, planner.Next(1000));
        planner.Deleted(6);
        Assert.Null(planner.Next(1000));

        planner.Add(8, 80);
        planner.AddCompleted(9, null);
        Assert.Equal(7, planner.Next(1000));
        Assert.Equal(6, planner.DeletedSequenceNr);
    }

    [Fact]
    public void A_suffix_that_was_replaced_keeps_its_events_as_long_as_its_highest_index()
    {
        var planner = new CompactionPlanner(1);
        planner.Add(1, 60);
        planner.Add(2, 52);
        planner.AddCompleted(3, null);
        Assert.Null(planner.Next(58));
        Assert.Equal(1, planner.Next(61));
    }

    [Fact]
    public void A_discarded_log_is_deleted_and_its_number_stays_while_the_log_begins_with_it()
    {
        var planner = new CompactionPlanner(1);
        planner.Add(1, 500);
        planner.AddCompleted(2, 100);
        Assert.Equal(1, planner.Next(100));
        planner.Deleted(1);
        planner.Add(3, 101);
        planner.AddCompleted(4, null);
        Assert.Null(planner.Next(100));
        Assert.Equal(2, planner.Next(101));
    }

    [Fact]
    public void Deleting_that_is_slower_than_writing_takes_more_at_a_time_so_that_the_journal_does_not_grow_for_ever()
    {
        var planner = new CompactionPlanner(1);
        var written = 0L;
        for (var request = 0; request < 2000; request++)
        {
            // Five events are written while one request is on its way.
            for (var number = 0; number < 5; number++)
            {
                written++;
                planner.Add(written, written);
            }

            planner.AddCompleted(++written, null);
            planner.Deleted(planner.Next(written)!.Value);
            Assert.InRange(written - planner.DeletedSequenceNr, 0, 150);
        }
    }

    [Fact]
    public void The_memory_of_the_planner_is_bounded_and_its_answers_stay_right()
    {
        var planner = new CompactionPlanner(1);
        for (var sequenceNr = 1L; sequenceNr <= 100_000; sequenceNr++)
        {
            planner.Add(sequenceNr, sequenceNr);
        }

        planner.AddCompleted(100_001, null);
        var deletions = 0;
        while (planner.Next(50_000) is { } sequenceNr)
        {
            Assert.InRange(sequenceNr, planner.DeletedSequenceNr + 1, 49_999);
            planner.Deleted(sequenceNr);
            deletions++;
        }

        Assert.InRange(planner.DeletedSequenceNr, 49_900, 49_999);
        Assert.InRange(deletions, 1, 4096);
    }
}
