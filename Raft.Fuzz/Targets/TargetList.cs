using Raft.Fuzz.Running;

namespace Raft.Fuzz.Targets;

/// <summary>The targets by name; those that need servers share them.</summary>
internal sealed class TargetList : IAsyncDisposable
{
    private static readonly Dictionary<string, Func<TargetList, Task<IFuzzTarget>>> ByName = new(StringComparer.Ordinal)
    {
        ["messages"] = static _ => Task.FromResult<IFuzzTarget>(new MessageTarget()),
        ["payloads"] = static _ => Task.FromResult<IFuzzTarget>(new PayloadTarget()),
        ["door"] = static _ => Task.FromResult<IFuzzTarget>(new DoorTarget()),
        ["wire"] = static async list => new WireTarget(await list.ServersAsync()),
        ["http"] = static async list => new HttpTarget(await list.ServersAsync()),
    };

    private ServersUnderFire? _servers;

    /// <summary>All names, in the order in which they are best tried.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>Makes a target.</summary>
    /// <exception cref="FormatException">There is none of that name.</exception>
    public Task<IFuzzTarget> FindAsync(string name) => ByName.TryGetValue(name, out var make)
        ? make(this)
        : throw new FormatException($"there is no target '{name}'");

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        _servers?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ServersUnderFire> ServersAsync() => _servers ??= await ServersUnderFire.StartAsync();
}
