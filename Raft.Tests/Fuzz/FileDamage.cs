using System.Collections.Immutable;
using System.Globalization;

namespace Raft.Tests.Fuzz;

/// <summary>What disks, operators and crashes do to files.</summary>
internal static class FileDamage
{
    private const int Sector = 512;
    private const int Page = 4096;

    /// <summary>Damages one of some files, or mixes several up.</summary>
    /// <returns>The files afterwards, whose name was hit, and what was done, in words.</returns>
    public static (ImmutableSortedDictionary<string, byte[]> Files, string Hit, string Words) Apply(
        Random random, ImmutableSortedDictionary<string, byte[]> files)
    {
        var names = files.Where(static file => file.Value.Length > 0).Select(static file => file.Key).ToArray();
        var name = names[random.Next(names.Length)];
        var bytes = (byte[])files[name].Clone();
        var words = string.Empty;
        var at = Place(random, bytes);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                words = $"a bit of byte {at} turned";
                break;
            case 1:
                for (var flip = random.Next(2, 9); flip > 0; flip--)
                {
                    at = Place(random, bytes);
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    words += $"a bit of byte {at} turned; ";
                }

                break;
            case 2:
                var unit = random.Next(2) == 0 ? Sector : Page;
                (at, var zeroed) = (at / unit * unit, unit * random.Next(1, 4));
                bytes.AsSpan(at, Math.Min(zeroed, bytes.Length - at)).Clear();
                words = $"{zeroed} bytes from {at} are zero";
                break;
            case 3:
                bytes = bytes[..at];
                words = $"cut to {at} bytes";
                break;
            case 4:
                var (from, to) = (Place(random, bytes) / Sector * Sector, at / Sector * Sector);
                var length = Math.Min(Sector, bytes.Length - Math.Max(from, to));
                bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
                words = $"the sector at {from} is at {to} too";
                break;
            case 5:
                var tail = new byte[random.Next(1, 2 * Page)];
                random.NextBytes(tail);
                bytes = [.. bytes, .. tail];
                words = $"{tail.Length} bytes of garbage behind it";
                break;
            case 6:
                random.NextBytes(bytes.AsSpan(at, Math.Min(random.Next(1, Page), bytes.Length - at)));
                words = $"garbage from {at} on";
                break;
            case 7:
                var other = names[random.Next(names.Length)];
                return (
                    files.SetItem(name, files[other]).SetItem(other, files[name]),
                    name + " " + other,
                    $"{name} and {other} have changed places");
            default:
                return (files.Remove(name), name, $"{name} is gone");
        }

        return (files.SetItem(name, bytes), name, string.Create(CultureInfo.InvariantCulture, $"{name}: {words}"));
    }

    // Mostly where something stands.
    private static int Place(Random random, byte[] bytes)
    {
        var used = Math.Max(1, Array.FindLastIndex(bytes, static octet => octet != 0) + 1);
        return random.Next(random.Next(5) == 0 ? bytes.Length : used);
    }
}
