using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;

namespace Raft.Actors.Protocol;

/// <summary>
/// What a server can read: it announces this to its leader, which takes no command that a voter is known not to read. Types are
/// announced by a hash of their names, so that a long list stays far below a frame.
/// </summary>
public sealed class Abilities
{
    /// <summary>
    /// How many types one server may announce: 256 KiB of hashes. <see cref="Serialization.PayloadCodec"/> refuses a longer
    /// list of types. An announcement of more is refused too: only a broken server sends it.
    /// </summary>
    internal const int MaxTypes = 32 * 1024;

    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    private readonly FrozenSet<ulong> _types;

    internal Abilities(string software, byte highestEntryKind, ImmutableArray<ulong> types, int stateMachineVersion = 0)
    {
        (Software, HighestEntryKind, Types, StateMachineVersion) = (software, highestEntryKind, types, stateMachineVersion);
        _types = types.ToFrozenSet();
        var digest = types.Aggregate(Mix(Hash(Encoding.UTF8.GetBytes(software)), highestEntryKind), Mix);

        // An earlier version of the library does not know state machine versions, and must compute the same digest without one.
        Digest = stateMachineVersion == 0 ? digest : Mix(digest, (ulong)stateMachineVersion);
    }

    /// <summary>The version of the RaftAkka library that the server runs.</summary>
    public string Software { get; }

    /// <summary>The highest number of a kind of log entry that it knows.</summary>
    public byte HighestEntryKind { get; }

    /// <summary>The hashes of the names of all types that it reads, in ascending order.</summary>
    public ImmutableArray<ulong> Types { get; }

    /// <summary>
    /// The version of commands that its state machine supports (<see cref="StateMachine.IVersionedStateMachine"/>); 0 if it has
    /// none, or has not been made yet.
    /// </summary>
    public int StateMachineVersion { get; }

    /// <summary>Stands for all of it. Two servers with the same abilities have the same digest.</summary>
    public ulong Digest { get; }

    /// <summary>Whether the server reads objects of a type.</summary>
    public bool Reads(ulong type) => _types.Contains(type);

    /// <summary>The version of the library in this process: its number and the commit that it was built from.</summary>
    internal static string OwnSoftware { get; } =
        typeof(Abilities).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The same abilities, of a server whose state machine supports that version.</summary>
    internal Abilities With(int stateMachineVersion) => new(Software, HighestEntryKind, Types, stateMachineVersion);

    /// <summary>The hash that stands for a type (FNV-1a).</summary>
    internal static ulong Hash(ReadOnlySpan<byte> name)
    {
        var hash = Offset;
        foreach (var octet in name)
        {
            hash = unchecked((hash ^ octet) * Prime);
        }

        return hash;
    }

    private static ulong Mix(ulong hash, byte value) => unchecked((hash ^ value) * Prime);

    private static ulong Mix(ulong hash, ulong value) => Hash([.. BitConverter.GetBytes(hash), .. BitConverter.GetBytes(value)]);
}
