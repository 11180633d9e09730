using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Fuzz.Inputs;
using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>
/// The reader of all that is sent and stored. It answers with a message or with its one exception, makes no more than the
/// bytes are worth, and what it has read it writes and reads again as the same.
/// </summary>
internal sealed class MessageTarget : IFuzzTarget
{
    private static readonly string[] Foreign = ["p.new", "q.new", "r.new", "j.new", "x", string.Empty];

    private readonly RaftMessageSerializer _serializer = new(null!, new PayloadCodec([]));

    /// <inheritdoc />
    public string Name => "messages";

    /// <inheritdoc />
    public Task TryAsync(Random luck)
    {
        var golden = GoldenMessages.Any(luck);
        var manifest = luck.Next(10) switch
        {
            0 => GoldenMessages.Any(luck).Manifest,
            1 => Foreign[luck.Next(Foreign.Length)],
            _ => golden.Manifest,
        };
        var bytes = Mutation.Of(golden.Bytes, GoldenMessages.Any(luck).Bytes, luck);
        Allocation.Bounded(bytes.Length, manifest, () => TryRead(bytes, manifest));
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task CheckAsync() => Task.CompletedTask;

    private void TryRead(byte[] bytes, string manifest)
    {
        if (Read(bytes, manifest) is not { } message || !IsWritten(message))
        {
            return;
        }

        // An answer whose result cannot be read here is read as a failure, which has a manifest of its own.
        var written = _serializer.ToBinary(message);
        var again = Read(written, _serializer.Manifest(message))
            ?? throw new FuzzFindingException(
                $"{manifest} {Convert.ToHexString(bytes)}: what was read of it is refused when it is written");
        if (!_serializer.ToBinary(again).AsSpan().SequenceEqual(written))
        {
            throw new FuzzFindingException(
                $"{manifest} {Convert.ToHexString(bytes)}: what was read of it is written as another message");
        }
    }

    private object? Read(byte[] bytes, string manifest)
    {
        try
        {
            return _serializer.FromBinary(bytes, manifest);
        }
        catch (MalformedMessageException)
        {
            return null;
        }
        catch (Exception unexpected)
        {
            throw new FuzzFindingException($"{manifest} {Convert.ToHexString(bytes)}: not the one exception", unexpected);
        }
    }

    /// <summary>What stands for something that could not be read is never written.</summary>
    private static bool IsWritten(object message) =>
        message is not (ForwardedRequest { Request: UnreadableRequest }) && MessageTable.ByType.ContainsKey(message.GetType());
}
