using System.Collections.Immutable;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using LinqToDB;
using LinqToDB.Data;
using Raft.Actors.Model;
using Raft.Actors.Storage;

namespace Raft.Tests.Storage;

/// <summary>One actor system with its storage, as a process has it.</summary>
internal sealed class StorageWorld : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Channel<Exception> _failures = Channel.CreateUnbounded<Exception>();

    private StorageWorld(RaftStorage storage, ActorSystem system)
    {
        Storage = storage;
        System = system;
    }

    public RaftStorage Storage { get; }

    public ActorSystem System { get; }

    public static StorageWorld Start(RaftStorageSettings settings, params string[] groups)
    {
        var storage = RaftStorage.Open(settings, new ServerId("n1"), groups);
        var config = ConfigurationFactory.ParseString("""
            akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }
            akka.actor.serializers.note = "Raft.Tests.Storage.NoteSerializer, Raft.Tests"
            akka.actor.serialization-bindings { "Raft.Tests.Storage.Note, Raft.Tests" = note }
            """);
        return new StorageWorld(
            storage, ActorSystem.Create("storage", storage.Apply(BootstrapSetup.Create().WithConfig(config))));
    }

    public IActorRef Probe(string group) =>
        System.ActorOf(Props.Create(() => new JournalProbe(group, "n1", error => _failures.Writer.TryWrite(error))));

    public static Task<long> Write(IActorRef probe, params ImmutableArray<object> events) =>
        probe.Ask<long>(new JournalProbe.Write(events), Limit);

    public static Task<long> Delete(IActorRef probe, long to) => probe.Ask<long>(new JournalProbe.Delete(to), Limit);

    public static Task<long> Snapshot(IActorRef probe, object state) => probe.Ask<long>(new JournalProbe.Snapshot(state), Limit);

    public static Task<ImmutableArray<object>> Read(IActorRef probe) =>
        probe.Ask<ImmutableArray<object>>(new JournalProbe.Read(), Limit);

    public DataOptions Options(string plugin) => StorageSchema.Options(Storage, plugin);

    /// <summary>The next failure of a probe.</summary>
    public async Task<Exception> Failure()
    {
        using var limit = new CancellationTokenSource(Limit);
        return await _failures.Reader.ReadAsync(limit.Token);
    }

    /// <summary>Changes a group's journal behind its back.</summary>
    public int Tamper(string group, string sql)
    {
        using var connection = new DataConnection(Options(RaftStorage.JournalPlugin(group)));
        return connection.Execute(sql);
    }

    public T Query<T>(string plugin, string sql)
    {
        using var connection = new DataConnection(Options(plugin));
        return connection.Execute<T>(sql);
    }

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        Storage.Dispose();
    }
}
