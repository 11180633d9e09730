using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>
/// Brings a snapshot's content to a group, which takes it as its state: begins, sends piece after piece, and completes. Who
/// carries the steps to the group, repeats them and keeps the time is the caller's affair.
/// </summary>
public static class SnapshotUpload
{
    /// <summary>A step carries this much of the content at most, in bytes.</summary>
    public const int PieceBytes = 64 * 1024;

    /// <summary>Sends all steps, or those up to the first one that is not answered as it should be.</summary>
    /// <param name="content">The content. What an earlier attempt has brought to the group is read as well, and left out.</param>
    /// <param name="bytes">How many bytes it has.</param>
    /// <param name="checksum">Its CRC-32C.</param>
    /// <param name="send">Carries a step to the group and gives its answer.</param>
    /// <param name="replyOf">The group's reply in an answer; null if there is none.</param>
    /// <param name="cancellation">Gives up reading.</param>
    /// <returns>The last answer: that of <see cref="CompleteRestore"/>, or of the step that failed.</returns>
    /// <exception cref="EndOfStreamException">The content is shorter. The state stays as it is.</exception>
    /// <exception cref="RaftRequestException">The group has less than was sent to it. The state stays as it is.</exception>
    public static async Task<TAnswer> SendAsync<TAnswer>(
        Stream content,
        long bytes,
        uint checksum,
        Func<IRaftRequest, Task<TAnswer>> send,
        Func<TAnswer, IRaftReply?> replyOf,
        CancellationToken cancellation = default)
    {
        var answer = await send(new BeginRestore(bytes, checksum)).ConfigureAwait(false);
        if (replyOf(answer) is not RestoreBegun begun)
        {
            return answer;
        }

        for (var offset = 0L; offset < bytes;)
        {
            // Each piece is a new array, because the group's log keeps it.
            var piece = new byte[Math.Min(PieceBytes, (offset < begun.Offset ? begun.Offset : bytes) - offset)];
            await content.ReadExactlyAsync(piece, cancellation).ConfigureAwait(false);
            var end = offset + piece.Length;
            if (offset >= begun.Offset)
            {
                answer = await send(new RestoreBlock(begun.RestoreId, offset, piece)).ConfigureAwait(false);
                if (replyOf(answer) is not RestoreBlockTaken taken)
                {
                    return answer;
                }

                // It has more where somebody else brings the same snapshot.
                if (taken.Offset < end)
                {
                    throw new RaftRequestException(new RestoreRefused(
                        $"the group has it only up to byte {taken.Offset}, not up to {end}", Outcome.NotDone));
                }
            }

            offset = end;
        }

        return await send(new CompleteRestore(begun.RestoreId)).ConfigureAwait(false);
    }
}
