using System.Globalization;
using System.Text;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;
using Raft.Host.KeyValue;

namespace Raft.Benchmarks.Processes;

/// <summary>Writes into the key-value store.</summary>
internal sealed class KeyValueLoad(int keys, int bytes)
{
    private readonly byte[] _values = [.. Enumerable.Range(0, bytes).Select(static place => (byte)place)];

    public int Keys => keys;

    /// <summary>Sets a key to a value of some size, up to the size that the store is filled with.</summary>
    public Apply Put(int key, int size) => new(KeyValueCommandCodec.Encode(KeyValueCommand.Put(
        Encoding.ASCII.GetBytes(key.ToString("D12", CultureInfo.InvariantCulture)), _values.AsMemory(0, size))));
}

/// <summary>The smallest state there is.</summary>
internal sealed class CountingStateMachine : IStateMachine
{
    private long _count;

    public object? Apply(in Command command)
    {
        _count++;
        return null;
    }

    public object? Query(object query) => _count;

    public IStateMachineSnapshot TakeSnapshot()
    {
        var count = _count;
        return new StreamSnapshot(stream => stream.Write(BitConverter.GetBytes(count)));
    }

    public IStateMachineRestore BeginRestore() => new StreamRestore(stream =>
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        stream.ReadExactly(bytes);
        _count = BitConverter.ToInt64(bytes);
    });
}
