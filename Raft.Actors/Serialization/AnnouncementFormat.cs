using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Raft.Actors.Log;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// What servers tell of themselves, behind the fields of a heartbeat and of its answer. A server that does not know these fields
/// overlooks them, and one that has not sent them has nothing behind the fields before.
/// </summary>
internal static class AnnouncementFormat
{
    /// <summary>More types than this are not announced: the message must fit into a frame.</summary>
    public const int MaxTypes = 4096;

    private const int HashSize = sizeof(ulong);

    /// <summary>A number that stands for a name.</summary>
    public static ulong HashOf(string name) => HashOf(Encoding.UTF8.GetBytes(name));

    /// <summary>A number that stands for all that a server can read. Never 0, which stands for nothing known.</summary>
    public static ulong DigestOf(ServerAbilities abilities)
    {
        var writer = new WireWriter(64 + (abilities.Types.Length * HashSize));
        Write(ref writer, abilities);
        return Math.Max(1, HashOf(writer.ToArray()));
    }

    public static void Write(ref WireWriter writer, ServerReport report)
    {
        writer.Index(report.LastApplied);
        writer.Index(report.FailedAt);
        WriteHash(ref writer, report.Digest);
        writer.Bool(report.Abilities is not null);
        if (report.Abilities is { } abilities)
        {
            Write(ref writer, abilities);
        }
    }

    public static ServerReport ReadReport(ref WireReader reader) => new(
        reader.Index(), reader.Index(), ReadHash(ref reader), reader.Bool() ? ReadAbilities(ref reader) : null);

    /// <summary>What stands in a status behind its other fields: nothing where the server does not say what it can read.</summary>
    public static void Write(ref WireWriter writer, RaftStatus status)
    {
        if (status.Abilities is not { } abilities)
        {
            return;
        }

        Write(ref writer, abilities);
        writer.Bool(status.Failure is not null);
        if (status.Failure is { } failure)
        {
            writer.Index(failure.Index);
            writer.Index(failure.Term);
            writer.Text(failure.Reason);
        }

        foreach (var follower in status.Followers)
        {
            writer.Bool(follower.Report is not null);
            if (follower.Report is { } report)
            {
                Write(ref writer, report);
            }
        }
    }

    public static RaftStatus ReadInto(ref WireReader reader, RaftStatus status)
    {
        if (reader.Remaining == 0)
        {
            return status;
        }

        var abilities = ReadAbilities(ref reader);
        var failure = reader.Bool() ? new StateMachineFailure(reader.Index(), reader.Index(), reader.Text()) : null;
        var followers = status.Followers.ToArray();
        for (var i = 0; i < followers.Length; i++)
        {
            followers[i] = followers[i] with { Report = reader.Bool() ? ReadReport(ref reader) : null };
        }

        return status with { Abilities = abilities, Failure = failure, Followers = ImmutableCollectionsMarshal.AsImmutableArray(followers) };
    }

    public static void WriteHash(ref WireWriter writer, ulong hash)
    {
        Span<byte> bytes = stackalloc byte[HashSize];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, hash);
        foreach (var part in bytes)
        {
            writer.Byte(part);
        }
    }

    public static ulong ReadHash(ref WireReader reader)
    {
        var hash = 0UL;
        for (var i = 0; i < HashSize; i++)
        {
            hash |= (ulong)reader.Byte() << (8 * i);
        }

        return hash;
    }

    private static void Write(ref WireWriter writer, ServerAbilities abilities)
    {
        writer.Text(abilities.Software);
        writer.Byte((byte)abilities.HighestEntryKind);
        writer.Index(abilities.StateMachineVersion);
        writer.Index(abilities.Types.Length);
        foreach (var type in abilities.Types)
        {
            WriteHash(ref writer, type);
        }
    }

    private static ServerAbilities ReadAbilities(ref WireReader reader)
    {
        var software = reader.Text();

        // A later version may know kinds that this one does not.
        var kind = (EntryKind)reader.Byte();
        var version = reader.Int();
        var types = new ulong[reader.Count(HashSize)];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = ReadHash(ref reader);
        }

        Array.Sort(types);
        return new ServerAbilities(software, kind, version, ImmutableCollectionsMarshal.AsImmutableArray(types));
    }

    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
