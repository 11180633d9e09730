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
    /// How many types one server may announce: 256 KiB of hashes. A list of types that makes more is refused where it is made
    /// (<see cref="Serialization.PayloadCodec"/>), and so is an announcement of more, which only a broken server sends.
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

        // As an earlier version of the library computes it, where there is nothing that it does not know.
        Digest = stateMachineVersion == 0 ? digest : Mix(digest, (ulong)stateMachineVersion);
    }

    /// <summary>The version of the RaftAkka library that the server runs.</summary>
    public string Software { get; }

    /// <summary>The highest number of a kind of log entry that it knows.</summary>
    public byte HighestEntryKind { get; }

    /// <summary>The hashes of the names of all types that it reads, in ascending order.</summary>
    public ImmutableArray<ulong> Types { get; }

    /// <summary>
    /// The version of commands that its state machine supports (<see cref="StateMachine.IVersionedStateMachine"/>); 0 where it has none, or
    /// has not been made yet.
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
