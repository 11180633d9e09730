using System.Text;

namespace Raft.Actors.Hosting.Identity;

/// <summary>A server or a client of a group, as a certificate or a list names it.</summary>
internal sealed record HolderName(string Group, string Name)
{
    private readonly byte[] _group = Encoding.Latin1.GetBytes(Group);
    private readonly byte[] _name = Encoding.Latin1.GetBytes(Name);

    /// <summary>Whether the bytes of a message mean the same.</summary>
    public bool Is(ReadOnlySpan<byte> group, ReadOnlySpan<byte> name) => group.SequenceEqual(_group) && Is(name);

    /// <summary>Whether the bytes of a message mean this name, in whatever group.</summary>
    public bool Is(ReadOnlySpan<byte> name) => name.SequenceEqual(_name);

    /// <inheritdoc />
    public bool Equals(HolderName? other) => other is not null && Group == other.Group && Name == other.Name;

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Group, Name);

    /// <inheritdoc />
    public override string ToString() => $"'{Name}' of group '{Group}'";
}
