using System.Buffers;
using System.Collections.Immutable;
using Raft.Actors.Serialization;
using Raft.Actors.StateMachine;

namespace Raft.Actors.Sessions;

/// <summary>
/// The sessions as the library's part of a snapshot: the table is written at the moment of the user's view and restored
/// together with it. A command that was applied before the snapshot must not be applied again after it.
/// </summary>
internal static class SessionBlocks
{
    private const int BlockBytes = 1024 * 1024;

    /// <summary>The table as blocks that later commands do not change.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>> Write(SessionTable table)
    {
        var writer = new WireWriter(1024);
        table.Write(ref writer);
        ReadOnlyMemory<byte> bytes = writer.ToArray();
        var blocks = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        for (var from = 0; from < bytes.Length; from += BlockBytes)
        {
            blocks.Add(bytes.Slice(from, Math.Min(BlockBytes, bytes.Length - from)));
        }

        return blocks.ToImmutable();
    }

    /// <summary>Reads a table; it counts when it is complete.</summary>
    /// <param name="codec">Carries the answers.</param>
    /// <param name="complete">Takes the table.</param>
    public static IStateMachineRestore BeginRestore(PayloadCodec codec, Action<SessionTable> complete) =>
        new Restore(codec, complete);

    private sealed class Restore(PayloadCodec codec, Action<SessionTable> complete) : IStateMachineRestore
    {
        private readonly ArrayBufferWriter<byte> _gathered = new();

        public void Add(ReadOnlyMemory<byte> block) => _gathered.Write(block.Span);

        public void Complete()
        {
            // A copy, because the table keeps slices of it.
            var reader = new WireReader(_gathered.WrittenSpan.ToArray());
            var table = SessionTable.Read(ref reader, codec);
            reader.End();
            complete(table);
        }

        public void Dispose()
        {
            // The bytes belong to the garbage collector.
        }
    }
}
