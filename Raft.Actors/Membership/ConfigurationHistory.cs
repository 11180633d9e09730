using Raft.Actors.Log;
using Raft.Actors.Serialization;

namespace Raft.Actors.Membership;

/// <summary>
/// The configurations in the log. The latest one counts from the moment it is appended, committed or not (dissertation
/// 4.1); when its entry is truncated, the one before it is in force again.
/// </summary>
public sealed class ConfigurationHistory
{
    private readonly List<(long Index, Configuration Configuration)> _appended = [];

    /// <summary>The configuration in force.</summary>
    public Configuration Latest => _appended.Count == 0 ? Configuration.Empty : _appended[^1].Configuration;

    /// <summary>The index of its entry; 0 where there is none.</summary>
    public long LatestIndex => _appended.Count == 0 ? 0 : _appended[^1].Index;

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

    /// <summary>The log is committed up to an index: what lies before the latest committed configuration is needed no more.</summary>
    public void Commit(long index)
    {
        while (_appended.Count > 1 && _appended[1].Index <= index)
        {
            _appended.RemoveAt(0);
        }
    }
}
