using Raft.Simulation.Registers;

namespace Raft.Simulation.Linearizability;

/// <summary>
/// Whether a history of registers is linearizable: whether each operation can be given a moment between its call and its
/// return such that the answers come out. Wing and Gong's search with Lowe's memory of what was tried and his
/// just-in-time order; each key by itself, for linearizability is local.
/// </summary>
/// <remarks>
/// An operation of unknown outcome may happen at any time after its call, or never. One that writes a value which no answer shows
/// is left out: every command answers with the value before it, so that nothing that was answered can have
/// followed it directly. One that certainly did not happen must not show either, and is left out too.
/// </remarks>
internal static class LinearizabilityChecker
{
    /// <summary>What is wrong with a history; null where nothing is.</summary>
    public static string? Check(IEnumerable<Operation> history)
    {
        foreach (var key in history.GroupBy(static operation => operation.Key).OrderBy(static group => group.Key))
        {
            if (CheckKey([.. key]) is { } flaw)
            {
                return $"the history of key {key.Key} is not linearizable: {flaw}";
            }
        }

        return null;
    }

    private static string? CheckKey(Operation[] all)
    {
        var seen = all.Where(static operation => operation.Outcome == OperationOutcome.Done)
            .Select(static operation => operation.Result).ToHashSet();
        var operations = all
            .Where(operation => operation.Outcome == OperationOutcome.Done
                || (operation.Outcome == OperationOutcome.Unknown && operation.Writes && seen.Contains(operation.Value)))
            .OrderBy(static operation => operation.Start)
            .ToArray();
        return new Search(operations).Run();
    }

    private sealed class Search
    {
        private readonly Operation[] _operations;
        private readonly Entry _head = new(-1, false);
        private readonly Entry[] _calls;
        private readonly ulong[] _linearized;
        private readonly HashSet<Configuration> _tried = [];
        private readonly Stack<(Entry Call, long Register)> _taken = new();

        // The values of which an answer says what replaced them. No value is written twice.
        private readonly HashSet<long> _overwritten;
        private int _open;

        public Search(Operation[] operations)
        {
            _operations = operations;
            _overwritten = operations
                .Where(
                    static operation =>
                        operation.Outcome == OperationOutcome.Done
                            && operation.Kind != OperationKind.Restore
                            && operation.TryApply(operation.Result, out var after)
                            && after != operation.Result)
                .Select(static operation => operation.Result)
                .ToHashSet();
            _calls = new Entry[operations.Length];
            _linearized = new ulong[(operations.Length / 64) + 1];
            var entries = new List<(long Time, Entry Entry)>();
            for (var i = 0; i < operations.Length; i++)
            {
                _calls[i] = new Entry(i, false);
                entries.Add((operations[i].Start, _calls[i]));
                if (operations[i].Outcome == OperationOutcome.Done)
                {
                    _open++;
                    _calls[i].Return = new Entry(i, true);
                    entries.Add((operations[i].End, _calls[i].Return!));
                }
            }

            var last = _head;
            foreach (var (_, entry) in entries.OrderBy(static entry => entry.Time))
            {
                last.Next = entry;
                entry.Previous = last;
                last = entry;
            }
        }

        public string? Run()
        {
            var register = 0L;
            var (deepest, atDeepest, blockedAtDeepest) = (-1, 0L, -1);
            var entry = _head.Next;
            while (_open > 0)
            {
                if (entry is { IsReturn: false }
                    && IsWorthTaking(_operations[entry.Operation], register)
                    && _operations[entry.Operation].TryApply(register, out var after)
                    && TryTake(entry.Operation, after))
                {
                    _taken.Push((entry, register));
                    register = after;
                    Lift(entry);
                    entry = _head.Next;
                    continue;
                }

                if (entry is { IsReturn: false })
                {
                    entry = entry.Next;
                    continue;
                }

                // An operation returned before it could be given its moment: some earlier choice was wrong.
                if (_taken.Count > deepest)
                {
                    (deepest, atDeepest, blockedAtDeepest) = (_taken.Count, register, entry?.Operation ?? -1);
                }

                if (_taken.Count == 0)
                {
                    return $"with the register at {atDeepest} there is no moment for "
                        + $"{(blockedAtDeepest < 0 ? "what is left" : _operations[blockedAtDeepest])}";
                }

                entry = Undo(ref register);
            }

            return null;
        }

        /// <summary>
        /// Takes back the last choice, and returns where to look for another. What changed nothing was no choice: it was
        /// rightly given its moment as soon as it fitted, and would do no better later.
        /// </summary>
        private Entry? Undo(ref long register)
        {
            while (_taken.TryPop(out var undone))
            {
                var changedNothing = undone.Register == register;
                register = undone.Register;
                Restore(undone.Call);
                if (!changedNothing)
                {
                    return undone.Call.Next;
                }
            }

            return null;
        }

        /// <summary>
        /// One of unknown outcome may as well never have happened, unless what comes next depends on it: so it is given its
        /// moment only right before that; and never where an operation that was answered tells that it followed the
        /// register's present value. Without these rules each of them doubles what is to be searched.
        /// </summary>
        private bool IsWorthTaking(Operation operation, long register)
        {
            if (operation.Outcome == OperationOutcome.Done)
            {
                return true;
            }

            if (_overwritten.Contains(register))
            {
                return false;
            }

            var followsUnknown = _taken.TryPeek(out var last)
                && _operations[last.Call.Operation].Outcome == OperationOutcome.Unknown;
            return operation.Kind == OperationKind.CompareAndSet ? operation.Expected == register : !followsUnknown;
        }

        private bool TryTake(int operation, long after)
        {
            _linearized[operation / 64] |= 1UL << (operation % 64);
            if (_tried.Add(new Configuration((ulong[])_linearized.Clone(), after)))
            {
                return true;
            }

            _linearized[operation / 64] &= ~(1UL << (operation % 64));
            return false;
        }

        private void Lift(Entry call)
        {
            Unlink(call);
            if (call.Return is { } done)
            {
                Unlink(done);
                _open--;
            }
        }

        private void Restore(Entry call)
        {
            if (call.Return is { } done)
            {
                Link(done);
                _open++;
            }

            Link(call);
            _linearized[call.Operation / 64] &= ~(1UL << (call.Operation % 64));
        }

        private static void Unlink(Entry entry)
        {
            entry.Previous!.Next = entry.Next;
            if (entry.Next is { } next)
            {
                next.Previous = entry.Previous;
            }
        }

        private static void Link(Entry entry)
        {
            entry.Previous!.Next = entry;
            if (entry.Next is { } next)
            {
                next.Previous = entry;
            }
        }
    }

    private sealed class Entry(int operation, bool isReturn)
    {
        public int Operation => operation;

        public bool IsReturn => isReturn;

        public Entry? Previous { get; set; }

        public Entry? Next { get; set; }

        /// <summary>A call's return; null where it never returned.</summary>
        public Entry? Return { get; set; }
    }

    /// <summary>Which operations have been given their moment, and what the register holds then.</summary>
    private readonly struct Configuration(ulong[] linearized, long register) : IEquatable<Configuration>
    {
        private readonly ulong[] _linearized = linearized;
        private readonly long _register = register;

        public bool Equals(Configuration other) =>
            _register == other._register && _linearized.AsSpan().SequenceEqual(other._linearized);

        public override bool Equals(object? obj) => obj is Configuration other && Equals(other);

        public override int GetHashCode()
        {
            var hash = (ulong)_register;
            foreach (var word in _linearized)
            {
                hash = World.Digest.Mix(hash, word);
            }

            return (int)hash;
        }
    }
}
