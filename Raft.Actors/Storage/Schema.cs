namespace Raft.Actors.Storage;

/// <summary>
/// The tables that Akka.Persistence.Sql reads and writes, made by us and not by its auto-initialize, which makes two more
/// indexes per table (each costs a page in every commit, and no recovery reads them), takes an exclusive lock on a shared
/// PostgreSQL table at every start, and fails where two processes make the tables at the same time. A test holds these
/// columns against those of auto-initialize.
/// </summary>
internal static class Schema
{
    // The unique index is what recovery reads by. It is also the fence: of two writers of one persistence id, the
    // second to write a sequence number fails.
    public const string SqliteJournal = $"""
        CREATE TABLE IF NOT EXISTS {GroupStorage.JournalTable} (
            ordering        INTEGER       NOT NULL PRIMARY KEY AUTOINCREMENT,
            created         INTEGER       NOT NULL,
            deleted         Bit           NOT NULL,
            persistence_id  NVarChar(255) NOT NULL,
            sequence_number INTEGER       NOT NULL,
            message         VarBinary     NOT NULL,
            tags            NVarChar(100) NULL,
            manifest        NVarChar(500) NULL,
            identifier      INTEGER       NULL,
            writer_uuid     NVarChar(128) NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS {GroupStorage.JournalTable}_uq
            ON {GroupStorage.JournalTable} (persistence_id, sequence_number);
        """;

    public const string SqliteSnapshots = $"""
        CREATE TABLE IF NOT EXISTS {GroupStorage.SnapshotTable} (
            persistence_id  NVarChar(255) NOT NULL,
            sequence_number INTEGER       NOT NULL,
            created         INTEGER       NOT NULL,
            snapshot        VarBinary     NULL,
            manifest        NVarChar(500) NULL,
            serializer_id   INTEGER       NULL,
            PRIMARY KEY (persistence_id, sequence_number));
        """;

    public const string Postgres = $"""
        CREATE TABLE IF NOT EXISTS {GroupStorage.JournalTable} (
            ordering        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            created         bigint  NOT NULL,
            deleted         boolean NOT NULL,
            persistence_id  text    NOT NULL,
            sequence_number bigint  NOT NULL,
            message         bytea   NOT NULL,
            tags            text    NULL,
            manifest        text    NULL,
            identifier      integer NULL,
            writer_uuid     text    NULL,
            CONSTRAINT {GroupStorage.JournalTable}_uq UNIQUE (persistence_id, sequence_number));
        CREATE TABLE IF NOT EXISTS {GroupStorage.SnapshotTable} (
            persistence_id  text    NOT NULL,
            sequence_number bigint  NOT NULL,
            created         bigint  NOT NULL,
            snapshot        bytea   NULL,
            manifest        text    NULL,
            serializer_id   integer NULL,
            PRIMARY KEY (persistence_id, sequence_number));
        """;
}
