using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Model;
using Raft.Actors.Serialization;
using Raft.Actors.Settings;
using Raft.Actors.Storage;

namespace Raft.Actors.Maintenance;

/// <summary>
/// The journal of a server that does not run, for operators' tools. While it is open the server cannot be started. Opening and
/// reading it changes nothing in it and makes nothing.
/// </summary>
public sealed class StoppedServer : IDisposable
{
    private static readonly TimeSpan WritePatience = TimeSpan.FromSeconds(60);

    private readonly RaftStorage _storage;
    private readonly GroupStorage _journal;

    private readonly bool _isReadOnly;

    private StoppedServer(RaftStorage storage, GroupStorage journal, bool isReadOnly)
    {
        _storage = storage;
        _journal = journal;
        _isReadOnly = isReadOnly;
    }

    /// <summary>The group's name.</summary>
    public string Group => _journal.Group;

    /// <summary>The server.</summary>
    public ServerId Server => _journal.Server;

    /// <summary>Where the journal is, in words.</summary>
    public string Place => _journal.Place;

    /// <summary>Opens the journal of a server of a group.</summary>
    /// <exception cref="JournalInUseException">The server runs; the message says where.</exception>
    /// <exception cref="RaftConfigurationException">There is no such journal, or it cannot be reached.</exception>
    public static StoppedServer Open(RaftStorageSettings settings, ServerId server, string group)
    {
        var storage = RaftStorage.OpenExisting(settings, server, group, isReadOnly: false, out var journal);
        return new StoppedServer(storage, journal, isReadOnly: false);
    }

    /// <summary>
    /// The same, only to read: no byte is written and no file made where the journal is, so that it may be on a read-only file
    /// system. Several may read at a time.
    /// </summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static StoppedServer OpenReadOnly(RaftStorageSettings settings, ServerId server, string group)
    {
        var storage = RaftStorage.OpenExisting(settings, server, group, isReadOnly: true, out var journal);
        return new StoppedServer(storage, journal, isReadOnly: true);
    }

    /// <summary>What a reader should know of how the journal was opened; null if there is nothing to say.</summary>
    public string? Note => _journal.Note;

    /// <summary>
    /// Reads the journal from its beginning to its end. A server that starts from it refuses it where this finds a problem or a
    /// refusal.
    /// </summary>
    public JournalReport Read()
    {
        var audit = new JournalAudit();
        if (_journal.Damage() is { } damage)
        {
            audit.IsDamaged(damage);
        }

        foreach (var refusal in _journal.Refusals())
        {
            audit.IsRefused(refusal);
        }

        using var rows = _journal.ReadJournal().GetEnumerator();
        while (true)
        {
            try
            {
                if (!rows.MoveNext())
                {
                    break;
                }
            }
            catch (Exception unreadable) when (
                // Of a damaged database all that reads a column by its type may fail.
                unreadable is System.Data.Common.DbException or InvalidDataException or InvalidCastException
                    or InvalidOperationException or OverflowException or FileNotFoundException or MalformedMessageException)
            {
                audit.EndsBecause(unreadable.Message);
                break;
            }

            audit.Add(rows.Current);
        }

        return audit.Report();
    }

    /// <summary>
    /// Appends a new configuration by way of the journal plugin that the server itself uses. When this returns it is durable,
    /// and the server may be started.
    /// </summary>
    /// <param name="plan">What to append.</param>
    /// <param name="clock">Says when that was.</param>
    /// <exception cref="Exception">
    /// The journal failed. As it is one write, it was made or it was not: read the journal again.
    /// </exception>
    public async Task RecoverAsync(RecoveryPlan plan, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(clock);
        await AppendAsync(plan.LastSequenceNr, plan.Events(clock.GetUtcNow().ToUnixTimeMilliseconds())).ConfigureAwait(false);
        _journal.AcceptCopy();
    }

    /// <summary>
    /// Lets the server take part again that has found the group's safety broken. When this returns it is durable, and the server
    /// may be started.
    /// </summary>
    /// <param name="journal">What its journal holds.</param>
    /// <exception cref="Exception">The journal failed. As it is one write, it was made or it was not: read the journal
    /// again.</exception>
    public Task ReadmitAsync(JournalReport journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        return journal.BrokenSafety is not null
            ? AppendAsync(journal.LastSequenceNr, [new SafetyRestored()])
            : throw new InvalidOperationException($"server {Server} of group {Group} takes part; there is nothing to decide");
    }

    private async Task AppendAsync(long lastSequenceNr, IJournalEvent[] events)
    {
        if (_isReadOnly)
        {
            throw new InvalidOperationException($"the journal of {Server} was opened only to read it");
        }

        var config = ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }")
            .WithFallback(RaftSettings.DefaultConfig());
        var system = ActorSystem.Create("raft-recovery", _storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        try
        {
            var writer = system.ActorOf(Props.Create(() =>
                new RecoveryWriter(_journal.PersistenceId, RaftStorage.JournalPlugin(Group), lastSequenceNr)));
            await writer.Ask<RecoveryWriter.Appended>(new RecoveryWriter.Append(events), WritePatience).ConfigureAwait(false);
        }
        finally
        {
            await system.Terminate().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _storage.Dispose();
}
