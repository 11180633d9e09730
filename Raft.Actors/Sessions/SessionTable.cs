using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Sessions;

/// <summary>What becomes of an entry that belongs to a session.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Answer">For <see cref="SessionVerdictKind.Answer"/>: the answer to the client that waits for the entry; a kept
/// result is in its encoded form.</param>
internal readonly record struct SessionVerdict(SessionVerdictKind Kind, IRaftReply? Answer = null)
{
    public static readonly SessionVerdict Apply = new(SessionVerdictKind.Apply);

    public static readonly SessionVerdict Wait = new(SessionVerdictKind.Wait);

    public static SessionVerdict Reply(IRaftReply answer) => new(SessionVerdictKind.Answer, answer);
}

internal enum SessionVerdictKind
{
    /// <summary>The command must be applied, and its result given to <see cref="SessionTable.Complete"/>.</summary>
    Apply,

    /// <summary>It is not to be applied: here is its answer.</summary>
    Answer,

    /// <summary>Nothing was changed: ask again once the commands that were let through before have been completed.</summary>
    Wait,
}

/// <summary>
/// The client sessions of a group (dissertation 6.3): which commands were applied, and what the answers to them were, as far as a
/// client may still ask for them. A part of the replicated state: it is changed by entries of the log alone, in their
/// order, and is the same on every replica however they cut the log into batches.
/// </summary>
/// <remarks>
/// Time is the log's: it goes on by the difference between the timestamps of entries that one leader appended in one term,
/// and stands still from one leader to the next. So no two clocks are ever compared, and a clock that goes back stops
/// time for a while instead of counting an hour twice.
/// </remarks>
internal sealed class SessionTable(PayloadCodec codec)
{
    private const byte Version = 1;

    // Id, timeout, end, lowest sequence and number of answers.
    private const int MinimumSessionSize = 5;

    private readonly Dictionary<long, ClientSession> _sessions = [];
    private readonly SortedSet<(long ExpiresAt, long Id)> _expiry = [];
    private SessionLimits _limits;
    private long _term;
    private long _timestamp;
    private long _time;
    private int _pending;

    /// <summary>How many sessions there are.</summary>
    public int Count => _sessions.Count;

    /// <summary>The bytes of all kept answers.</summary>
    public long KeptBytes { get; private set; }

    /// <summary>The log's time, in milliseconds.</summary>
    public long Time => _time;

    /// <summary>Moves time on to an entry; to be called for every entry, once or more, in their order.</summary>
    public void Advance(LogEntry entry)
    {
        if (entry.Term != _term)
        {
            (_term, _timestamp) = (entry.Term, entry.Timestamp);
        }
        else if (entry.Timestamp > _timestamp)
        {
            _time += entry.Timestamp - _timestamp;
            _timestamp = entry.Timestamp;
            while (_expiry.Count > 0 && _expiry.Min is var first && first.ExpiresAt <= _time)
            {
                Remove(_sessions[first.Id]);
            }
        }
    }

    /// <summary>Decides about a command of a session, or about a session itself.</summary>
    public SessionVerdict Decide(LogEntry entry) => entry.Kind switch
    {
        EntryKind.RegisterSession => Register(entry),
        EntryKind.KeepSessionAlive => KeepAlive(entry.Session!),
        EntryKind.CloseSession => Close(entry.Session!),
        _ => Begin(entry.Session!),
    };

    /// <summary>A command that <see cref="Decide"/> let through was applied. Its copies get this answer.</summary>
    public void Complete(LogEntry entry, object? result)
    {
        _pending--;
        if (_sessions.TryGetValue(entry.Session!.SessionId, out var session))
        {
            KeptBytes -= session.Bytes;
            session.Complete(entry.Session.Sequence, new KeptAnswer(entry.Index, entry.Term, Keep(result)));
            KeptBytes += session.Bytes;
        }
    }

    /// <summary>A command that <see cref="Decide"/> let through was skipped. Its copies are told so.</summary>
    public void CompleteSkipped(LogEntry entry)
    {
        _pending--;
        if (_sessions.TryGetValue(entry.Session!.SessionId, out var session))
        {
            session.Complete(entry.Session.Sequence, KeptAnswer.OfSkipped(entry.Index));
        }
    }

    /// <summary>Writes the table as a part of a snapshot; no command may be under way.</summary>
    public void Write(ref WireWriter writer)
    {
        writer.Byte(Version);
        writer.Index(_term);
        writer.Signed(_timestamp);
        writer.Index(_time);
        _limits.Write(ref writer);
        writer.Index(_sessions.Count);
        foreach (var session in _sessions.Values.OrderBy(static session => session.Id))
        {
            session.Write(ref writer);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="MalformedMessageException">The bytes make no sense or are of a later version.</exception>
    public static SessionTable Read(ref WireReader reader, PayloadCodec codec)
    {
        JournalFormat.CheckVersion(reader.Byte(), Version, "the table of sessions");
        var table = new SessionTable(codec)
        {
            _term = reader.Index(),
            _timestamp = reader.Signed(),
            _time = reader.Index(),
            _limits = SessionLimits.Read(ref reader),
        };
        for (var count = reader.Count(MinimumSessionSize); count > 0; count--)
        {
            var session = ClientSession.Read(ref reader);
            if (!table._sessions.TryAdd(session.Id, session))
            {
                throw new MalformedMessageException($"session {session.Id} is there twice");
            }

            table._expiry.Add((session.ExpiresAt, session.Id));
            table.KeptBytes += session.Bytes;
        }

        return table;
    }

    private SessionVerdict Register(LogEntry entry)
    {
        _limits = SessionLimits.Decode(entry.Data);
        if (_sessions.Count >= _limits.MaxSessions)
        {
            return SessionVerdict.Reply(new SessionLimitReached(
                $"there are {_sessions.Count} sessions, as many as raft.sessions.max-sessions allows; "
                + "close some or wait until they expire"));
        }

        var session = new ClientSession(entry.Index, _limits.Timeout);
        _sessions.Add(session.Id, session);
        session.ExpiresAt = _time + session.Timeout;
        _expiry.Add((session.ExpiresAt, session.Id));
        return SessionVerdict.Reply(new SessionRegistered(session.Id, TimeSpan.FromMilliseconds(session.Timeout)));
    }

    private SessionVerdict KeepAlive(CommandSession asked)
    {
        if (!_sessions.TryGetValue(asked.SessionId, out var session))
        {
            return SessionVerdict.Reply(new SessionExpired(asked.SessionId));
        }

        Use(session, asked.LowestUnanswered);
        return SessionVerdict.Reply(new SessionKeptAlive(session.Id));
    }

    private SessionVerdict Close(CommandSession asked)
    {
        if (_sessions.TryGetValue(asked.SessionId, out var session))
        {
            Remove(session);
        }

        return SessionVerdict.Reply(new SessionClosed(asked.SessionId));
    }

    private SessionVerdict Begin(CommandSession asked)
    {
        if (!_sessions.TryGetValue(asked.SessionId, out var session))
        {
            return SessionVerdict.Reply(new SessionExpired(asked.SessionId));
        }

        var isKnown = session.TryGet(asked.Sequence, out var answer);
        if (isKnown && answer is null)
        {
            return SessionVerdict.Wait;
        }

        if (!isKnown && asked.Sequence >= session.LowestUnanswered && IsNearItsBytes)
        {
            return SessionVerdict.Wait;
        }

        Use(session, Math.Min(asked.LowestUnanswered, asked.Sequence));
        if (answer is not null)
        {
            return SessionVerdict.Reply(answer.IsSkipped ? new CommandSkipped(answer.Index)
                : answer.Result is { } result
                ? new Applied(answer.Index, answer.Term, result)
                : new AnswerNotKept(asked.SessionId, asked.Sequence, Outcome.Done));
        }

        if (asked.Sequence < session.LowestUnanswered)
        {
            return SessionVerdict.Reply(new AnswerNotKept(asked.SessionId, asked.Sequence, Outcome.Unknown));
        }

        // The lowest always comes in: only its answer lets the client wait for less.
        if (session.Count >= _limits.MaxAnswers && asked.Sequence > session.LowestUnanswered)
        {
            return SessionVerdict.Reply(new SessionLimitReached(
                $"session {session.Id} waits for {session.Count} answers from command {session.LowestUnanswered} on, "
                + "as many as raft.sessions.max-answers allows"));
        }

        if (KeptBytes >= _limits.MaxKeptBytes)
        {
            return SessionVerdict.Reply(new SessionLimitReached(
                $"the answers kept for sessions have {KeptBytes} bytes, as many as raft.sessions.max-kept-bytes allows"));
        }

        session.Begin(asked.Sequence);
        _pending++;
        return SessionVerdict.Apply;
    }

    /// <summary>
    /// Whether the answers that are not there yet may fill what room there is. The decision must then wait for them, or it
    /// would depend on where a replica cuts its batches.
    /// </summary>
    private bool IsNearItsBytes => _pending > 0 && KeptBytes + ((long)_pending * _limits.MaxAnswerBytes) >= _limits.MaxKeptBytes;

    private void Use(ClientSession session, long lowestUnanswered)
    {
        KeptBytes -= session.Bytes;
        session.Forget(lowestUnanswered);
        KeptBytes += session.Bytes;
        _expiry.Remove((session.ExpiresAt, session.Id));
        session.ExpiresAt = _time + session.Timeout;
        _expiry.Add((session.ExpiresAt, session.Id));
    }

    private void Remove(ClientSession session)
    {
        KeptBytes -= session.Bytes;
        _sessions.Remove(session.Id);
        _expiry.Remove((session.ExpiresAt, session.Id));
    }

    /// <summary>
    /// A result in the form in which it is kept: a copy, because the state machine may go on using the array.
    /// </summary>
    private EncodedPayload? Keep(object? result)
    {
        try
        {
            var encoded = codec.Encode(result);
            return encoded.Length > _limits.MaxAnswerBytes ? null
                : encoded.Format == PayloadFormat.Bytes ? encoded with { Bytes = encoded.Bytes.ToArray() }
                : encoded;
        }
        catch (PayloadException)
        {
            // The first answer says why it cannot be sent; its retries learn that it was applied.
            return null;
        }
    }
}
