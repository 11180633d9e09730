using System.Globalization;

namespace Raft.Actors.Model;

/// <summary>
/// Which journal a server has. It is made with the journal and is its first event, so that a server that comes back with
/// an empty disk is known to have forgotten what it voted for and what it confirmed. A member of a group is a server with
/// its journal: the configuration says which journal a vote belongs to. The default value is none: of a server that runs
/// a version without identities, or in a configuration of such a group.
/// </summary>
/// <param name="Value">The number, which is drawn at random.</param>
public readonly record struct JournalIdentity(ulong Value)
{
    /// <summary>Whether this is the default value, which stands for no known journal.</summary>
    public bool IsNone => Value == 0;

    /// <inheritdoc />
    public override string ToString() => IsNone ? "none" : Value.ToString("x16", CultureInfo.InvariantCulture);
}
