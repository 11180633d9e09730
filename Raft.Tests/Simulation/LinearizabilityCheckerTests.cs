using CsCheck;
using Raft.Simulation.Linearizability;
using Raft.Simulation.Registers;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Simulation;

/// <summary>The checker on histories known to be good and known to be bad. A bad one must be found, a good one must pass.</summary>
public sealed class LinearizabilityCheckerTests
{
    private readonly List<Operation> _history = [];

    [Fact]
    public void An_empty_history_is_linearizable() => AssertGood();

    [Fact]
    public void A_read_after_a_write_shows_it()
    {
        Write(1, start: 1, end: 2, before: 0);
        Read(start: 3, end: 4, shows: 1);
        AssertGood();
    }

    [Fact]
    public void A_read_after_a_write_that_misses_it_is_found()
    {
        Write(1, start: 1, end: 2, before: 0);
        Read(start: 3, end: 4, shows: 0);
        AssertBad("Read");
    }

    [Fact]
    public void A_read_beside_a_write_may_show_it_or_not()
    {
        Write(1, start: 1, end: 6, before: 0);
        Read(start: 2, end: 3, shows: 0);
        Read(start: 4, end: 5, shows: 1);
        AssertGood();
    }

    [Fact]
    public void Of_two_reads_the_later_may_not_show_the_older_state()
    {
        Write(1, start: 1, end: 6, before: 0);
        Read(start: 2, end: 3, shows: 1);
        Read(start: 4, end: 5, shows: 0);
        AssertBad("Read");
    }

    [Fact]
    public void A_write_that_was_acknowledged_and_lost_is_found_by_the_next_write()
    {
        Write(1, start: 1, end: 2, before: 0);
        Write(2, start: 3, end: 4, before: 0);
        AssertBad("Write 2");
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened()
    {
        Call(OperationKind.Write, 1, start: 1);
        Read(start: 2, end: 3, shows: 1);
        AssertGood();
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_never_happen()
    {
        Call(OperationKind.Write, 1, start: 1);
        Read(start: 2, end: 3, shows: 0);
        AssertGood();
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_happen_long_after_its_call()
    {
        Call(OperationKind.Write, 1, start: 1);
        Read(start: 2, end: 3, shows: 0);
        Write(2, start: 4, end: 5, before: 0);
        Read(start: 6, end: 7, shows: 1);
        AssertGood();
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_not_happen_twice()
    {
        Call(OperationKind.Write, 1, start: 1);
        Read(start: 2, end: 3, shows: 1);
        Write(2, start: 4, end: 5, before: 1);
        Read(start: 6, end: 7, shows: 1);
        AssertBad("Read");
    }

    [Fact]
    public void A_write_may_not_show_before_it_was_called()
    {
        Read(start: 1, end: 2, shows: 1);
        Call(OperationKind.Write, 1, start: 3);
        AssertBad("Read");
    }

    [Fact]
    public void A_write_that_was_certainly_not_done_may_not_show()
    {
        Call(OperationKind.Write, 1, start: 1).NotDone(2);
        Read(start: 3, end: 4, shows: 1);
        AssertBad("Read");
    }

    [Fact]
    public void Only_one_of_two_swaps_of_the_same_value_succeeds()
    {
        Write(1, start: 1, end: 2, before: 0);
        Call(OperationKind.CompareAndSet, 2, start: 3, expected: 1).Done(6, result: 1);
        Call(OperationKind.CompareAndSet, 3, start: 4, expected: 1).Done(7, result: 1);
        AssertBad("CompareAndSet");
    }

    [Fact]
    public void A_swap_that_failed_saw_what_another_had_written()
    {
        Write(1, start: 1, end: 2, before: 0);
        Call(OperationKind.CompareAndSet, 2, start: 3, expected: 1).Done(6, result: 1);
        Call(OperationKind.CompareAndSet, 3, start: 4, expected: 1).Done(7, result: 2);
        AssertGood();
    }

    [Fact]
    public void Keys_do_not_mix()
    {
        Write(1, start: 1, end: 2, before: 0);
        Read(start: 3, end: 4, shows: 0, key: 1);
        AssertGood();
    }

    [Fact]
    public void Many_writes_of_unknown_outcome_do_not_make_the_search_explode()
    {
        for (var i = 1; i <= 200; i++)
        {
            Call(OperationKind.Write, i, start: i);
        }

        for (var i = 1; i <= 200; i++)
        {
            Read(start: 1000 + (2 * i), end: 1001 + (2 * i), shows: 201 - i);
        }

        AssertGood();
    }

    [Fact]
    public void Many_reads_at_once_do_not_make_the_search_explode()
    {
        for (var i = 1; i <= 60; i++)
        {
            Read(start: i, end: 1000 + i, shows: 0);
        }

        Write(1, start: 100, end: 2000, before: 0);
        Write(2, start: 2001, end: 2002, before: 3);
        AssertBad("Write 2");
    }

    /// <summary>
    /// A history made of a true order, each operation's call and return spread around its moment, is good; with one
    /// answer replaced by a value that the register did not have then, it is bad.
    /// </summary>
    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Histories_made_from_an_order_pass_and_with_one_wrong_answer_do_not() =>
        Gen.Select(Gen.Int[0, 3].Array[1, 40], Gen.Int[1, 80].Array[80], Gen.Int[0, 1000]).TryEach((kinds, spread, place) =>
        {
            var good = FromOrder(kinds, spread, wrongAt: -1);
            Assert.Null(LinearizabilityChecker.Check(good));
            Assert.NotNull(LinearizabilityChecker.Check(FromOrder(kinds, spread, wrongAt: place % kinds.Length)));
        });

    private static List<Operation> FromOrder(int[] kinds, int[] spread, int wrongAt)
    {
        var history = new List<Operation>();
        var register = 0L;
        for (var i = 0; i < kinds.Length; i++)
        {
            var moment = (i + 1) * 1000L;
            var kind = (OperationKind)kinds[i];
            var operation = new Operation(i + 1, 1, kind, 0, i + 1, register, moment - (spread[i] * 50) - 1);
            operation.Done(moment + (spread[79 - i] * 50), i == wrongAt ? -1 : register);
            register = operation.Writes ? i + 1 : register;
            history.Add(operation);
        }

        return history;
    }

    private Operation Call(OperationKind kind, long value, long start, int key = 0, long expected = 0)
    {
        var operation = new Operation(value, 1, kind, key, value, expected, start);
        _history.Add(operation);
        return operation;
    }

    private void Write(long value, long start, long end, long before) => Call(OperationKind.Write, value, start).Done(end, before);

    private void Read(long start, long end, long shows, int key = 0) => Call(OperationKind.Read, 0, start, key).Done(end, shows);

    private void AssertGood() => Assert.Null(LinearizabilityChecker.Check(_history));

    private void AssertBad(string culprit) => Assert.Contains(culprit, LinearizabilityChecker.Check(_history), StringComparison.Ordinal);
}
