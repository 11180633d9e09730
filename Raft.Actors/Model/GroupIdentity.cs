using System.Globalization;

namespace Raft.Actors.Model;

/// <summary>
/// Which group of a name this is. It is made once, by the server that begins the group, and stands in the group's first
/// configuration, in every message between servers, in journals, in snapshots and in exported files. Two groups of one
/// name begin with the same index and term, so that nothing but this tells their logs apart. The default value is none:
/// of a group that began before there were identities, or of a server that does not know its group yet.
/// </summary>
/// <param name="Value">The number: made of the first voters' journals (<see cref="Of"/>), or drawn for a group of before.</param>
public readonly record struct GroupIdentity(UInt128 Value)
{
    /// <summary>Whether this is the default value, which stands for no known group.</summary>
    public bool IsNone => Value == UInt128.Zero;

    /// <summary>
    /// The identity of a group that begins with voters whose journals are known: made of these, so that a founder that dies
    /// before its first entry is durable makes the same one again.
    /// </summary>
    public static GroupIdentity Of(Configuration first)
    {
        ArgumentNullException.ThrowIfNull(first);
        const ulong offset = 14695981039346656037;
        const ulong prime = 1099511628211;
        var mixed = offset;
        var founder = 0UL;
        foreach (var server in first.Servers)
        {
            founder = founder == 0 ? server.Journal.Value : founder;
            foreach (var octet in BitConverter.GetBytes(server.Journal.Value))
            {
                mixed = unchecked((mixed ^ octet) * prime);
            }
        }

        return new GroupIdentity(new UInt128(founder, mixed));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote: 32 hexadecimal digits.</summary>
    public static bool TryParse(string? text, out GroupIdentity identity)
    {
        var isNumber = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value);
        identity = new GroupIdentity(value);
        return isNumber && !identity.IsNone;
    }

    /// <inheritdoc />
    public override string ToString() => IsNone ? "none" : Value.ToString("x32", CultureInfo.InvariantCulture);
}
