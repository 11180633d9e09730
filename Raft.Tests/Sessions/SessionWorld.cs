using System.Collections.Immutable;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;

namespace Raft.Tests.Sessions;

/// <summary>
/// A table and a state machine that answers with how often it was asked, driven by entries as the state machine's actor does.
/// </summary>
internal sealed class SessionWorld
{
    public static readonly PayloadCodec Codec = new([]);

    private readonly List<LogEntry> _pending = [];
    private readonly Dictionary<long, IRaftReply> _answers = [];
    private int _applied;
    private long _index;

    public SessionTable Table { get; private set; } = new(Codec);

    public SessionLimits Limits { get; set; } = new(
        Timeout: 1000, MaxSessions: 3, MaxAnswers: 4, MaxAnswerBytes: 100, MaxKeptBytes: 250);

    public long Term { get; set; } = 1;

    public long Now { get; set; } = 1_000_000;

    /// <summary>What was applied, in order.</summary>
    public List<(long Session, long Sequence)> Applied { get; } = [];

    /// <summary>The answers by index, as texts.</summary>
    public ImmutableArray<string> Answers =>
        [.. _answers.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key}: {Text(pair.Value)}")];

    public long Register() => ((SessionRegistered)Do(EntryKind.RegisterSession, null)).SessionId;

    public IRaftReply TryRegister() => Do(EntryKind.RegisterSession, null);

    public IRaftReply Send(long session, long sequence, long lowest = 1, int resultBytes = 8) =>
        Do(EntryKind.Command, new CommandSession(session, sequence, lowest), resultBytes);

    public IRaftReply KeepAlive(long session, long lowest = 1) =>
        Do(EntryKind.KeepSessionAlive, new CommandSession(session, lowest, lowest));

    public IRaftReply Close(long session) => Do(EntryKind.CloseSession, new CommandSession(session, 1, 1));

    public void Noop() => Do(EntryKind.Noop, null);

    /// <summary>An entry that is committed; whoever waits for it is told by <see cref="Flush"/> at the latest.</summary>
    public long Commit(EntryKind kind, CommandSession? session, int resultBytes = 8)
    {
        var data = kind == EntryKind.RegisterSession
            ? Limits.Encode()
            : new EncodedPayload(PayloadFormat.Bytes, new byte[resultBytes]);
        var entry = new LogEntry(++_index, Term, kind, data, default, Now) { Session = session };
        while (!TryTake(entry))
        {
            if (_pending.Count == 0)
            {
                throw new InvalidOperationException($"{entry} waits for nothing");
            }

            Flush();
        }

        return entry.Index;
    }

    /// <summary>The end of a batch: what was let through is applied.</summary>
    public void Flush()
    {
        foreach (var entry in _pending)
        {
            var result = new byte[entry.Data.Length];
            result[0] = (byte)++_applied;
            Applied.Add((entry.Session!.SessionId, entry.Session.Sequence));
            Table.Complete(entry, result);
            _answers[entry.Index] = new Applied(entry.Index, entry.Term, result);
        }

        _pending.Clear();
    }

    public byte[] Written()
    {
        var writer = new WireWriter(100);
        Table.Write(ref writer);
        return writer.ToArray();
    }

    /// <summary>As after a restart from a snapshot.</summary>
    public void Restore()
    {
        Flush();
        var bytes = Written();
        var reader = new WireReader(bytes);
        Table = SessionTable.Read(ref reader, Codec);
        reader.End();
    }

    public static string Text(IRaftReply answer) => answer switch
    {
        Applied
        {
            Result: EncodedPayload kept,
        } applied => $"Applied {applied.Index}/{applied.Term} #{kept.Bytes.Span[0]} of {kept.Length} B",
        Applied { Result: byte[] fresh } applied => $"Applied {applied.Index}/{applied.Term} #{fresh[0]} of {fresh.Length} B",
        _ => answer.ToString()!,
    };

    private IRaftReply Do(EntryKind kind, CommandSession? session, int resultBytes = 8)
    {
        var index = Commit(kind, session, resultBytes);
        Flush();
        return _answers[index];
    }

    private bool TryTake(LogEntry entry)
    {
        Table.Advance(entry);
        var verdict = entry.Session is null && entry.Kind != EntryKind.RegisterSession
            ? SessionVerdict.Reply(new Applied(entry.Index, entry.Term, null))
            : Table.Decide(entry);
        switch (verdict.Kind)
        {
            case SessionVerdictKind.Apply:
                _pending.Add(entry);
                return true;
            case SessionVerdictKind.Answer:
                _answers[entry.Index] = verdict.Answer!;
                return true;
            default:
                return false;
        }
    }
}
