using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Sql;
using LinqToDB;
using LinqToDB.Data;
using Raft.Actors.Storage;
using Xunit;

namespace Raft.Tests.Storage;

/// <summary>The tables that Akka.Persistence.Sql makes for itself, to hold ours against them.</summary>
internal static class StorageSchema
{
    public static DataOptions AutoInitialized(string provider, string connectionString)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka { loglevel = OFF, stdout-loglevel = OFF }
            akka.persistence.journal.plugin = akka.persistence.journal.sql
            akka.persistence.journal.sql {
              provider-name = "{{provider}}"
              connection-string = "{{connectionString}}"
              tag-write-mode = Csv
            }
            akka.persistence.snapshot-store.plugin = akka.persistence.snapshot-store.sql
            akka.persistence.snapshot-store.sql {
              provider-name = "{{provider}}"
              connection-string = "{{connectionString}}"
            }
            """).WithFallback(SqlPersistence.DefaultConfiguration);
        using var system = ActorSystem.Create("schema", config);
        var saver = system.ActorOf(Props.Create(() => new Saver()));
        Assert.Equal("saved", saver.Ask<string>("save", TimeSpan.FromSeconds(30)).GetAwaiter().GetResult());
        system.Terminate().Wait();
        return new DataOptions().UseConnectionString(provider, connectionString);
    }

    /// <summary>How a plugin of a storage reaches its database.</summary>
    public static DataOptions Options(RaftStorage storage, string plugin)
    {
        Assert.True(storage.Setup.TryGetDataOptionsFor(plugin, out var options));
        return options!;
    }

    public static List<string> SqliteColumns(DataOptions options, string table) => Columns(
        options,
        $"SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || pk FROM pragma_table_info('{table}') ORDER BY name");

    public static List<string> PostgresColumns(DataOptions options, string table) => Columns(
        options,
        "SELECT concat_ws(' ', column_name, data_type, character_maximum_length, is_nullable, is_identity) "
        + $"FROM information_schema.columns WHERE table_name = '{table}' ORDER BY column_name");

    private static List<string> Columns(DataOptions options, string sql)
    {
        using var connection = new DataConnection(options);
        return [.. connection.Query<string>(sql)];
    }

    private sealed class Saver : UntypedPersistentActor
    {
        private IActorRef _asker = ActorRefs.Nobody;

        public override string PersistenceId => "schema";

        protected override void OnCommand(object message)
        {
            switch (message)
            {
                case "save":
                    _asker = Sender;
                    Persist("event", SaveSnapshot);
                    break;
                case SaveSnapshotSuccess:
                    _asker.Tell("saved");
                    break;
            }
        }

        protected override void OnRecover(object message)
        {
        }
    }
}
