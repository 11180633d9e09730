using System.Globalization;

namespace Raft.Simulation.Registers;

/// <summary>An operation of a client's history.</summary>
internal sealed class Operation(long id, int client, OperationKind kind, int key, long value, long expected, long start)
{
    /// <summary>Also the value that it writes, which no other operation writes.</summary>
    public long Id => id;

    public int Client => client;

    public OperationKind Kind => kind;

    public int Key => key;

    public long Value => value;

    public long Expected => expected;

    /// <summary>When it was called; times are places in the order of all that the clients did.</summary>
    public long Start => start;

    /// <summary>When it returned; never, where its outcome is unknown.</summary>
    public long End { get; private set; } = long.MaxValue;

    /// <summary>The register's value right before it; not known of a restore.</summary>
    public long Result { get; private set; }

    public OperationOutcome Outcome { get; private set; } = OperationOutcome.Unknown;

    public bool Writes => kind is OperationKind.Write or OperationKind.CompareAndSet or OperationKind.Restore;

    public void Done(long end, long result)
    {
        End = end;
        Result = result;
        Outcome = OperationOutcome.Done;
    }

    public void NotDone(long end)
    {
        End = end;
        Outcome = OperationOutcome.NotDone;
    }

    /// <summary>Applies it to a register, if its answer fits the register's value.</summary>
    public bool TryApply(long register, out long after)
    {
        after = kind is OperationKind.Write or OperationKind.Restore
            || (kind == OperationKind.CompareAndSet && register == expected)
            ? value
            : register;
        return Outcome != OperationOutcome.Done || kind == OperationKind.Restore || Result == register;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{kind} {id} of client {client} on key "
            + $"{key}{(kind == OperationKind.CompareAndSet ? $" expecting {expected}" : string.Empty)} called at {start}, "
            + $"{(Outcome == OperationOutcome.Done ? $"returned at {End} with {Result}" : Outcome.ToString())}");
}

/// <summary>What a client knows of its operation.</summary>
internal enum OperationOutcome
{
    /// <summary>It may have happened, or may yet happen, or never.</summary>
    Unknown,

    Done,

    /// <summary>It has not happened and never will.</summary>
    NotDone,
}
