using System.Buffers.Binary;
using Raft.Actors.Snapshots;
using Raft.Actors.StateMachine;
using Raft.Simulation.Journal;
using Raft.Simulation.World;

namespace Raft.Simulation.Registers;

/// <summary>What a client may ask of a register.</summary>
internal enum OperationKind : byte
{
    /// <summary>Asks by a linearizable read.</summary>
    Read,

    /// <summary>Asks by a command that goes through the log.</summary>
    ReadThroughLog,

    Write,

    /// <summary>Writes if the register has the expected value.</summary>
    CompareAndSet,

    /// <summary>A whole state is restored by hand, and with it this register. Nobody is told what was there before.</summary>
    Restore,

    /// <summary>Makes every state machine throw.</summary>
    Poison,
}

/// <summary>A command as it stands in the log.</summary>
internal readonly record struct RegisterCommand(long Id, OperationKind Kind, int Key, long Value, long Expected)
{
    public const int Size = 8 + 1 + 4 + 8 + 8;

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Id);
        bytes[8] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(9), Key);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(13), Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(21), Expected);
        return bytes;
    }

    public static RegisterCommand Parse(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt64LittleEndian(bytes),
        (OperationKind)bytes[8],
        BinaryPrimitives.ReadInt32LittleEndian(bytes[9..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[13..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[21..]));
}

/// <summary>Looks at a command before it is applied.</summary>
internal delegate void CommandObserver(in Command command);

/// <summary>
/// Looks at a state: the last command that it was made by, the restore by hand that it goes back to (0 where there was none),
/// and a digest of it.
/// </summary>
internal delegate void StateObserver(long lastIndex, long restored, ulong digest);

/// <summary>Looks at a state that is restored by hand, behind a last command.</summary>
internal delegate void ReplacementObserver(long lastIndex, long restored, IReadOnlyDictionary<int, long> registers, ulong digest);

/// <summary>
/// The replicated state machine: registers by key, 0 while unwritten. Every command answers with the value before it, so
/// that each answer pins down the whole state of its register and the checker has little left to guess.
/// </summary>
internal sealed class RegisterMachine(
    CommandObserver observe, StateObserver applied, StateObserver restored, ReplacementObserver replaced)
    : IStateMachine, IVersionedStateMachine
{
    /// <summary>The version of commands that it supports; a command means the same in each of them.</summary>
    public int SupportedVersion { get; init; }

    /// <summary>Stands where the last command would: no command made this state.</summary>
    private const long MadeByHand = -1;

    // No client uses it.
    private const int PoisonKey = 1000;

    private SortedDictionary<int, long> _registers = [];
    private long _lastIndex;
    private long _restored;

    /// <summary>The content of a snapshot that a client makes up.</summary>
    /// <param name="restored">Its own number, from 1 on.</param>
    /// <param name="registers">The registers' values.</param>
    public static byte[] ContentOf(long restored, IReadOnlyDictionary<int, long> registers) =>
        [.. SnapshotFrames.Write([], [], new Snapshot(MadeByHand, restored, [.. registers]).Blocks()).SelectMany(
            static piece => piece.ToArray())];

    public object? Apply(in Command command)
    {
        var asked = RegisterCommand.Parse(command.Bytes.Span);
        if (asked.Kind == OperationKind.Poison)
        {
            if (!TakesPoison())
            {
                throw new SimulatedFaultException("the state machine cannot take this");
            }

            _registers[PoisonKey] = command.Index;
            return BitConverter.GetBytes(0L);
        }

        observe(in command);
        var before = _registers.GetValueOrDefault(asked.Key);
        if (asked.Kind == OperationKind.Write || (asked.Kind == OperationKind.CompareAndSet && before == asked.Expected))
        {
            _registers[asked.Key] = asked.Value;
        }

        _lastIndex = command.Index;
        applied(_lastIndex, _restored, DigestOf(_registers));
        return BitConverter.GetBytes(before);
    }

    /// <summary>Whether its software was mended, so that it can apply what other machines throw at.</summary>
    public Func<bool> TakesPoison { get; init; } = static () => false;

    /// <summary>A register's value, for scenarios and rules.</summary>
    public long ValueOf(int key) => _registers.GetValueOrDefault(key);

    public object? Query(object query) =>
        BitConverter.GetBytes(_registers.GetValueOrDefault(BitConverter.ToInt32(((ReadOnlyMemory<byte>)query).Span)));

    public IStateMachineSnapshot TakeSnapshot() => new Snapshot(_lastIndex, _restored, [.. _registers]);

    public IStateMachineRestore BeginRestore() => new Restore((lastIndex, origin, registers) =>
    {
        _registers = registers;
        _restored = origin;
        if (lastIndex == MadeByHand)
        {
            replaced(_lastIndex, origin, registers, DigestOf(registers));
            return;
        }

        _lastIndex = lastIndex;
        restored(lastIndex, origin, DigestOf(registers));
    });

    private static ulong DigestOf(SortedDictionary<int, long> registers)
    {
        var digest = Digest.Start;
        foreach (var (key, value) in registers)
        {
            digest = Digest.Mix(Digest.Mix(digest, (ulong)key), (ulong)value);
        }

        return digest;
    }

    /// <summary>A block for the last command and the last restore, then one for each register.</summary>
    private sealed class Snapshot(
        long lastIndex, long restored, IReadOnlyList<KeyValuePair<int, long>> registers) : IStateMachineSnapshot
    {
        public IEnumerable<ReadOnlyMemory<byte>> Blocks()
        {
            var head = new byte[2 * sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(head, lastIndex);
            BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(sizeof(long)), restored);
            yield return head;
            var block = new byte[sizeof(int) + sizeof(long)];
            foreach (var (key, value) in registers)
            {
                BinaryPrimitives.WriteInt32LittleEndian(block, key);
                BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(sizeof(int)), value);
                yield return block;
            }
        }

        public void Dispose()
        {
            // Nothing to give back.
        }
    }

    private sealed class Restore(Action<long, long, SortedDictionary<int, long>> complete) : IStateMachineRestore
    {
        private readonly SortedDictionary<int, long> _registers = [];
        private long? _lastIndex;
        private long _origin;

        public void Add(ReadOnlyMemory<byte> block)
        {
            if (_lastIndex is null)
            {
                _lastIndex = BitConverter.ToInt64(block.Span);
                _origin = BitConverter.ToInt64(block.Span[sizeof(long)..]);
                return;
            }

            _registers.Add(
                BinaryPrimitives.ReadInt32LittleEndian(block.Span),
                BinaryPrimitives.ReadInt64LittleEndian(block.Span[sizeof(int)..]));
        }

        public void Complete() => complete(_lastIndex!.Value, _origin, _registers);

        public void Dispose()
        {
            // Nothing to give back.
        }
    }
}
