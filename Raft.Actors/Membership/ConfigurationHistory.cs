using Raft.Actors.Model;
using Raft.Actors.Serialization;

namespace Raft.Actors.Membership;

/// <summary>
/// The configurations in the log. The latest one counts from the moment it is appended, committed or not (dissertation
/// 4.1); when its entry is truncated, the one before it is in force again.
/// </summary>
public sealed class ConfigurationHistory
{
    private readonly List<(long Index, Configuration Configuration)> _appended = [];
    private long _commitIndex;

    /// <summary>The configuration in force.</summary>
    public Configuration Latest => _appended.Count == 0 ? Configuration.Empty : _appended[^1].Configuration;

    /// <summary>The index of its entry; 0 if there is none.</summary>
    public long LatestIndex => _appended.Count == 0 ? 0 : _appended[^1].Index;

    /// <summary>Whether the configuration in force is known to be committed.</summary>
    public bool IsLatestCommitted => LatestIndex <= _commitIndex;

    /// <summary>
    /// Whether a server may call for an election with its journal. It may if it votes in the configuration in force. It also
    /// may if it votes in the one before and does not know the one in force to be committed: it may be the only one that has
    /// this entry, and is needed until others have it (dissertation 4.2.2).
    /// </summary>
    public bool MayCampaign(ServerId server, JournalIdentity journal) =>
        Latest.IsVoter(server, journal)
        || (!IsLatestCommitted && _appended.Count > 1 && _appended[^2].Configuration.IsVoter(server, journal));

    /// <summary>Takes up a configuration, if the entry is one.</summary>
    /// <returns>Whether it was.</returns>
    public bool Append(LogEntry entry)
    {
        if (entry.Kind != EntryKind.Configuration)
        {
            return false;
        }

        _appended.Add((entry.Index, ConfigurationCodec.Decode(entry.Data)));
        return true;
    }

    /// <summary>The log was cut at an index.</summary>
    /// <returns>Whether another configuration is in force now.</returns>
    public bool TruncateFrom(long index) => _appended.RemoveAll(appended => appended.Index >= index) > 0;

    /// <summary>
    /// The configuration that is in force at an index, and its entry's index; empty and 0 if it is not known any more.
    /// </summary>
    public (long Index, Configuration Configuration) At(long index)
    {
        var at = _appended.FindLastIndex(appended => appended.Index <= index);
        return at < 0 ? (0, Configuration.Empty) : _appended[at];
    }

    /// <summary>The index of the first configuration whose commands are of a higher version; null if there is none.</summary>
    public long? FirstAbove(int stateMachineVersion)
    {
        var first = _appended.FindIndex(appended => appended.Configuration.StateMachineVersion > stateMachineVersion);
        return first < 0 ? null : _appended[first].Index;
    }

    /// <summary>
    /// A snapshot says which configuration was in force at its index. Later ones stay, unless the whole log was discarded.
    /// </summary>
    public void Install(long snapshotIndex, long index, Configuration configuration, bool discardsLog)
    {
        _appended.RemoveAll(appended => discardsLog || appended.Index <= snapshotIndex);
        _commitIndex = Math.Max(_commitIndex, snapshotIndex);
        if (index > 0)
        {
            _appended.Insert(0, (index, configuration));
        }
    }

    /// <summary>
    /// All is applied up to an index: what lies before the configuration in force there is needed no more. (A snapshot names
    /// the configuration of its index, so that to be committed is not enough.)
    /// </summary>
    public void Forget(long index)
    {
        while (_appended.Count > 1 && _appended[1].Index <= index)
        {
            _appended.RemoveAt(0);
        }
    }

    /// <summary>The log is committed up to an index.</summary>
    /// <returns>The configurations that are committed by it, in their order.</returns>
    public IReadOnlyList<(long Index, Configuration Configuration)> Commit(long index)
    {
        if (IsLatestCommitted)
        {
            _commitIndex = Math.Max(_commitIndex, index);
            return [];
        }

        (long Index, Configuration Configuration)[] committed =
            [.. _appended.Where(appended => appended.Index > _commitIndex && appended.Index <= index)];
        _commitIndex = Math.Max(_commitIndex, index);
        return committed;
    }
}
