using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Raft.Actors.Serialization;

namespace Raft.Actors.Storage.Files;

/// <summary>
/// The file <c>confirmed</c>: at least up to this event the server has confirmed what is in its journal. In a journal, a write
/// that a crash tore and a confirmed write whose bytes are gone look alike; this file tells them apart. It may be older than
/// the journal: it is written about once a second without a sync of its own, and synced when the server stops.
/// </summary>
/// <remarks>
/// Two places of a sector each are written in turn, so that a crash in the middle of one leaves the other. What says more than
/// the journal can ever have confirmed does not exist: the number is written when the event is durable.
/// </remarks>
internal sealed class ConfirmedMark : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "confirmed";

    private const int PlaceBytes = 512;
    private const int Places = 2;

    private readonly string _path;
    private readonly string _persistenceId;
    private readonly SafeFileHandle _file;
    private long _last;
    private int _place;

    private ConfirmedMark(string path, string persistenceId, long last)
    {
        (_path, _persistenceId, _last) = (path, persistenceId, last);
        var place = Encode(last);
        NewFile.Replace(path, _ => [.. place, .. place], isDurable: true);
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>What a directory's mark says; 0 if there is none, or none that can be read.</summary>
    public static long Read(string directory, string persistenceId)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return 0;
        }

        var bytes = new byte[PlaceBytes * Places];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return Enumerable.Range(0, Places)
            .Where(place => (place + 1) * PlaceBytes <= length)
            .Max(place => Decode(bytes.AsSpan(place * PlaceBytes, PlaceBytes), persistenceId)) ?? 0;
    }

    /// <summary>Begins to mark, durably, from what is known to be confirmed now.</summary>
    public static ConfirmedMark Begin(string directory, string persistenceId, long last) =>
        new(Path.Combine(directory, FileName), persistenceId, last);

    /// <summary>The events up to one are confirmed. Nothing waits for the disk.</summary>
    public void Note(long last)
    {
        if (last > _last)
        {
            RandomAccess.Write(_file, Encode(last), _place * PlaceBytes);
            _place = (_place + 1) % Places;
            _last = last;
        }
    }

    /// <summary>The same, and it is on the disk when this returns.</summary>
    public void Seal(long last)
    {
        Note(last);
        DurableFile.Sync(_file, _path);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>What a server says whose journal has less than that.</summary>
    public static string Lost(string place, long last, long confirmed) =>
        $"{place} ends with event {last}, and this server has confirmed event {confirmed} (the file '{FileName}' says so): "
        + "what it has confirmed since is lost";

    private byte[] Encode(long last)
    {
        var bytes = new byte[PlaceBytes];
        Encoding.ASCII.GetBytes(Text(last, _persistenceId)).CopyTo(bytes, 0);
        return bytes;
    }

    private static long? Decode(ReadOnlySpan<byte> place, string persistenceId)
    {
        var text = Encoding.ASCII.GetString(place).TrimEnd('\0');
        return text.Split(' ', 2) is [var number, _]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && text == Text(last, persistenceId)
            ? last
            : null;
    }

    // With the owner in its checksum: another server's mark says nothing here.
    private static string Text(long last, string persistenceId)
    {
        var owned = string.Create(CultureInfo.InvariantCulture, $"{last} {persistenceId}");
        var checksum = Crc32C.Of(Encoding.UTF8.GetBytes(owned));
        return string.Create(CultureInfo.InvariantCulture, $"{last} events are confirmed, checksum {checksum:X8}\n");
    }
}
