using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>The requests and answers of watching keys.</summary>
internal static class WatchFormat
{
    public static void Write(ref WireWriter writer, ReadChanges message)
    {
        writer.Index(message.From);
        writer.Bytes(message.Prefix.Span);
        writer.Signed(message.Wait.Ticks);
    }

    public static ReadChanges ReadRead(ref WireReader reader) =>
        new(reader.Index(), reader.Bytes()) { Wait = TimeSpan.FromTicks(reader.Signed()) };

    public static void Write(ref WireWriter writer, ChangesRead message)
    {
        writer.Index(message.Next);
        writer.Index(message.Changes.Length);
        foreach (var change in message.Changes)
        {
            writer.Index(change.Index);
            writer.Bytes(change.Key.Span);
            writer.Bool(change.Value is not null);
            if (change.Value is { } value)
            {
                writer.Bytes(value.Span);
            }
        }
    }

    public static ChangesRead ReadChangesRead(ref WireReader reader)
    {
        var next = reader.Index();
        var changes = ImmutableArray.CreateBuilder<KeyChange>(reader.Count(minimumSize: 3));
        while (changes.Count < changes.Capacity)
        {
            changes.Add(new KeyChange(
                reader.Index(), reader.Bytes(), reader.Bool() ? reader.Bytes() : default(ReadOnlyMemory<byte>?)));
        }

        return new ChangesRead(next, changes.MoveToImmutable());
    }

    public static void Write(ref WireWriter writer, ChangesForgotten message) => writer.Index(message.Forgotten);

    public static ChangesForgotten ReadForgotten(ref WireReader reader) => new(reader.Index());
}
