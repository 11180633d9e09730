using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Simulation.Registers;

namespace Raft.Simulation.Cluster;

/// <summary>The journal of a server of another group, which has the same name and the same servers.</summary>
internal static class ForeignGroup
{
    private const int Entries = 8;
    private const int Key = 24;

    /// <summary>
    /// As every group begins: entry 1 of term 1, then a leader in term 2, so that indexes and terms fit those of the group
    /// that it comes to.
    /// </summary>
    public static IEnumerable<IJournalEvent> Events(Configuration configuration, ServerId server, bool isIdentified)
    {
        if (isIdentified)
        {
            yield return new JournalIdentified(
                configuration.Find(server)?.Journal ?? new JournalIdentity(0xFFFF), configuration.Identity);
        }

        yield return new HardStateChanged(2, default);
        yield return new EntriesAppended(
        [
            new LogEntry(1, 1, EntryKind.Configuration, ConfigurationCodec.Encode(configuration), default, 0),
            new LogEntry(2, 2, EntryKind.Noop, EncodedPayload.None, default, 0),
            .. Enumerable.Range(3, Entries).Select(static index => new LogEntry(
                index, 2, EntryKind.Command,
                new EncodedPayload(
                    PayloadFormat.Bytes, new RegisterCommand(9_000_000_000 + index, OperationKind.Write, Key, 7, 7).ToBytes()),
                default, 0)),
        ]);
    }
}
