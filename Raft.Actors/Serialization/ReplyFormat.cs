using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Serialization;

/// <summary>
/// The answers to clients: a format version, then the fields. Within a version a field may be appended, as in
/// <see cref="RequestFormat"/>.
/// </summary>
/// <remarks>
/// A result that cannot be encoded where it was made, or cannot be decoded where it arrives (its type is not listed
/// there), becomes a <see cref="StateMachineFailed"/> that says so: the client must learn that its command was applied.
/// </remarks>
internal static class ReplyFormat
{
    /// <summary>The version that this library writes.</summary>
    public const byte Version = 1;

    private const byte WithPayload = 0;
    private const byte WithoutPayload = 1;

    // An id, a state, two indexes, no last contact and no transfer.
    private const int MinimumFollowerSize = 6;

    public static void Write(ref WireWriter writer, Applied message, PayloadCodec codec)
    {
        writer.Index(message.Index);
        writer.Index(message.Term);
        WriteResult(ref writer, message.Result, codec);
    }

    public static object ReadApplied(ref WireReader reader, PayloadCodec codec)
    {
        var index = reader.Index();
        var term = reader.Index();
        return ReadResult(ref reader, codec, out var result) is { } reason
            ? new StateMachineFailed(index, reason, Outcome.Unknown)
            : new Applied(index, term, result);
    }

    public static void Write(ref WireWriter writer, ReadResult message, PayloadCodec codec)
    {
        writer.Index(message.Index);
        WriteResult(ref writer, message.Result, codec);
        writer.Duration(message.Staleness);
    }

    public static object ReadReadResult(ref WireReader reader, PayloadCodec codec)
    {
        var index = reader.Index();
        return ReadResult(ref reader, codec, out var result) is { } reason
            ? new StateMachineFailed(0, reason, Outcome.NotDone)
            : new ReadResult(index, result) { Staleness = reader.Duration() };
    }

    public static void Write(ref WireWriter writer, LeaderVerified message)
    {
        writer.Index(message.Term);
        writer.Index(message.CommitIndex);
    }

    public static LeaderVerified ReadLeaderVerified(ref WireReader reader) => new(reader.Index(), reader.Index());

    public static void Write(ref WireWriter writer, LeaderInfo message)
    {
        writer.Index(message.Term);
        writer.Server(message.LeaderId);
        writer.OptionalText(message.LeaderAddress);
    }

    public static LeaderInfo ReadLeaderInfo(ref WireReader reader) =>
        new(reader.Index(), reader.Server(), reader.OptionalText());

    public static void Write(ref WireWriter writer, RaftStatus message)
    {
        writer.Text(message.Group);
        writer.Server(message.ServerId);
        writer.Byte((byte)message.Role);
        writer.Signed(message.Term);
        writer.Server(message.VotedFor);
        writer.Server(message.LeaderId);
        writer.OptionalText(message.LeaderAddress);
        writer.Signed(message.CommitIndex);
        writer.Signed(message.LastApplied);
        writer.Signed(message.FirstLogIndex);
        writer.Signed(message.LastLogIndex);
        writer.Signed(message.LastLogTerm);
        writer.Signed(message.DurableIndex);
        ConfigurationCodec.Write(ref writer, message.Configuration);
        writer.Signed(message.InFlight);
        writer.Duration(message.LastLeaderContact);
        var followers = message.Followers.IsDefault ? [] : message.Followers;
        writer.Index(followers.Length);
        foreach (var follower in followers)
        {
            writer.Server(follower.ServerId);
            writer.Byte((byte)follower.State);
            writer.Signed(follower.MatchIndex);
            writer.Signed(follower.NextIndex);
            writer.Duration(follower.LastContact);
            writer.Bool(follower.Transfer is not null);
            if (follower.Transfer is { } transfer)
            {
                writer.Index(transfer.Index);
                writer.Index(transfer.BytesSent);
                writer.Index(transfer.Bytes);
            }
        }

        writer.Index(message.Snapshot.Index);
        writer.Index(message.Snapshot.Term);
        writer.Index(message.Snapshot.Size);
        writer.Bool(message.Restore is not null);
        if (message.Restore is { } restore)
        {
            writer.Index(restore.RestoreId);
            writer.Index(restore.BytesTaken);
            writer.Index(restore.Bytes);
        }

        // A block, so that it is read as a whole or, where an older version ends before it, not at all.
        var later = writer.BeginBlock();
        writer.Group(message.Identity);
        writer.Journal(message.Journal);
        writer.OptionalText(message.NotServing);
        if (message.Software is not null)
        {
            // Appended later still.
            writer.Text(message.Software);
            foreach (var follower in followers)
            {
                writer.OptionalText(follower.Software);
                writer.Index(follower.LacksTypes);
            }

            if (message.Failure is { } failure)
            {
                // Appended last, if there is one.
                writer.Index(failure.Index);
                writer.Index(failure.Term);
                writer.Text(failure.Reason);
            }
        }

        writer.EndBlock(later);
    }

    public static RaftStatus ReadRaftStatus(ref WireReader reader)
    {
        var status = ReadFirstStatus(ref reader);
        if (reader.Remaining == 0)
        {
            return status;
        }

        var later = new WireReader(reader.Block());
        status = status with { Identity = later.Group(), Journal = later.Journal(), NotServing = later.OptionalText() };
        if (later.Remaining == 0)
        {
            return status;
        }

        var (software, followers) = (later.Text(), status.Followers.ToArray());
        for (var i = 0; i < followers.Length; i++)
        {
            followers[i] = followers[i] with { Software = later.OptionalText(), LacksTypes = later.Int() };
        }

        return status with
        {
            Software = software,
            Followers = ImmutableCollectionsMarshal.AsImmutableArray(followers),
            Failure = later.Remaining > 0 ? new StateMachineFailure(later.Index(), later.Index(), later.Text()) : null,
        };
    }

    private static RaftStatus ReadFirstStatus(ref WireReader reader) => new(
        reader.Text(),
        reader.Server(),
        (RaftRole)reader.Choice((byte)RaftRole.Leader, "role"),
        reader.Signed(),
        reader.Server(),
        reader.Server(),
        reader.OptionalText(),
        reader.Signed(),
        reader.Signed(),
        reader.Signed(),
        reader.Signed(),
        reader.Signed(),
        reader.Signed(),
        ConfigurationCodec.Read(ref reader),
        reader.SignedInt(),
        reader.Duration(),
        ReadFollowers(ref reader))
    {
        Snapshot = new SnapshotStatus(reader.Index(), reader.Index(), reader.Index()),
        Restore = reader.Bool() ? new RestoreStatus(reader.Index(), reader.Index(), reader.Index()) : null,
    };

    private static ImmutableArray<FollowerStatus> ReadFollowers(ref WireReader reader)
    {
        var followers = new FollowerStatus[reader.Count(MinimumFollowerSize)];
        for (var i = 0; i < followers.Length; i++)
        {
            followers[i] = new FollowerStatus(
                reader.Server(),
                (ProgressState)reader.Choice((byte)ProgressState.Snapshot, "progress state"),
                reader.Signed(),
                reader.Signed(),
                reader.Duration())
            {
                Transfer = reader.Bool() ? new SnapshotTransfer(reader.Index(), reader.Index(), reader.Index()) : null,
            };
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(followers);
    }

    private static void WriteResult(ref WireWriter writer, object? result, PayloadCodec codec)
    {
        EncodedPayload payload;
        try
        {
            payload = codec.Encode(result);
        }
        catch (PayloadException failure)
        {
            writer.Byte(WithoutPayload);
            writer.Text(failure.Message);
            return;
        }

        writer.Byte(WithPayload);
        writer.Payload(payload);
    }

    /// <summary>Returns what was wrong with the result, or null if it is all right.</summary>
    private static string? ReadResult(ref WireReader reader, PayloadCodec codec, out object? result)
    {
        result = null;
        if (reader.Choice(WithoutPayload, "marker of a payload") == WithoutPayload)
        {
            return $"its result could not be sent: {reader.Text()}";
        }

        try
        {
            result = codec.Decode(reader.Payload());
            return null;
        }
        catch (PayloadException failure)
        {
            return $"its result could not be read here: {failure.Message}";
        }
    }
}
