using System.Runtime.InteropServices;

namespace Raft.Simulation.World;

/// <summary>Hashes that are the same in every process: .NET's own are salted anew in each.</summary>
internal static class Digest
{
    private const ulong Prime = 0x100000001b3UL;

    public const ulong Start = 0xcbf29ce484222325UL;

    public static ulong Of(string text, ulong hash = Start)
    {
        foreach (var character in text)
        {
            hash = (hash ^ character) * Prime;
        }

        return hash;
    }

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong hash = Start)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            hash = Mix(hash, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            hash = (hash ^ rest) * Prime;
        }

        return hash;
    }

    public static ulong Mix(ulong hash, ulong word)
    {
        hash = (hash ^ word) * 0xff51afd7ed558ccdUL;
        return hash ^ (hash >> 32);
    }
}
