using System.Text;
using Google.Protobuf;
using Raft.Actors.Hosting.Door;
using Raft.Actors.Serialization;
using Raft.Fuzz.Inputs;
using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>
/// The door before Akka.Remote. It never throws, and what it lets in is, as Akka.NET reads it, a message of the group or the
/// question who is there, without a number, and to a path of the group where it is sent to a selection.
/// </summary>
internal sealed class DoorTarget : IFuzzTarget
{
    private const int Selection = AkkaSerializers.Selection;
    private const int Miscellaneous = AkkaSerializers.Miscellaneous;
    private const string Raft = "akka.tcp://raft@127.0.0.1:4053/user/raft-kv";

    private readonly DoorRules _rules = new(new DoorSettings());

    /// <summary>So many were let in: a door that lets nothing in is no use to anybody.</summary>
    public long LetIn { get; private set; }

    /// <inheritdoc />
    public string Name => "door";

    /// <inheritdoc />
    public Task TryAsync(Random luck)
    {
        var frame = Hostile.Frame(luck, Raft);
        frame = luck.Next(6) == 0 ? frame : Mutation.Of(frame, Hostile.Frame(luck, Raft), luck);
        Refusal? refusal;
        try
        {
            refusal = _rules.Check(frame);
        }
        catch (Exception unexpected)
        {
            throw new FuzzFindingException($"frame {Convert.ToHexString(frame)}: the door threw", unexpected);
        }

        if (refusal is null)
        {
            LetIn++;
            Compare(frame);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task CheckAsync() => Task.CompletedTask;

    private static void Compare(byte[] frame)
    {
        string? wrong;
        try
        {
            wrong = WrongIn(frame);
        }
        catch (InvalidProtocolBufferException)
        {
            return;
        }

        if (wrong is not null)
        {
            throw new FuzzFindingException($"frame {Convert.ToHexString(frame)} was let in, and Akka.NET reads {wrong}");
        }
    }

    private static string? WrongIn(byte[] frame)
    {
        // A frame without a payload is Akka.Remote's own: a handshake, a heartbeat, an end.
        var outer = new LooseReader(frame);
        if (!outer.Has(1))
        {
            return null;
        }

        var container = new LooseReader(outer.Last(1));
        if (container.Has(1)
            && new LooseReader(container.Merged(1)) is var receipt
            && (receipt.Has(2) || receipt.Number(1) != ulong.MaxValue))
        {
            return "a receipt of system messages";
        }

        if (!container.Has(2))
        {
            return null;
        }

        var envelope = new LooseReader(container.Merged(2));
        return envelope.Number(5) != ulong.MaxValue
            ? $"the number {envelope.Number(5)}"
            : WrongIn(envelope.Merged(2), isSelected: false);
    }

    private static string? WrongIn(byte[] bytes, bool isSelected)
    {
        var payload = new LooseReader(bytes);
        var serializer = unchecked((int)payload.Number(2));
        var manifest = Encoding.UTF8.GetString(payload.Last(3));
        return serializer switch
        {
            RaftMessageSerializer.FixedIdentifier when manifest is ['p' or 'q' or 'r' or 'f', '.', ..] => null,
            Miscellaneous when manifest is "ID" or "AID" => WrongCorrelation(payload.Last(1)),
            Selection when !isSelected && manifest.Length == 0 => WrongSelection(payload.Last(1)),
            _ => $"serializer {serializer}, manifest '{manifest}'{(isSelected ? " in a selection" : string.Empty)}",
        };
    }

    private static string? WrongCorrelation(byte[] identify)
    {
        var reader = new LooseReader(identify);
        if (!reader.Has(1))
        {
            return null;
        }

        var correlation = new LooseReader(reader.Merged(1));
        return unchecked((int)correlation.Number(2)) switch
        {
            AkkaSerializers.Nothing when correlation.Last(3).Length == 0 => null,
            AkkaSerializers.Primitive => null,
            var serializer => $"serializer {serializer} in an Identify",
        };
    }

    private static string? WrongSelection(byte[] selection)
    {
        var reader = new LooseReader(selection);
        var parts = reader.All(2).Select(static part => new LooseReader(part)).ToArray();
        var path = string.Join('/', parts.Select(static part => Encoding.UTF8.GetString(part.Last(2))));
        return parts.Any(static part => part.Number(1) != 2) || !path.StartsWith("user/raft-", StringComparison.Ordinal)
            ? $"a message to the selection '{path}'"
            : WrongIn(reader.Merged(1), isSelected: true);
    }
}
