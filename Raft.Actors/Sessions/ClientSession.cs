using Raft.Actors.Serialization;

namespace Raft.Actors.Sessions;

/// <summary>One session of a <see cref="SessionTable"/>.</summary>
internal sealed class ClientSession(long id, long timeout)
{
    // A sequence and the marker that its command is not applied yet, or the answer's four fields.
    private const int MinimumAnswerSize = 4;

    /// <summary>By sequence; null while the command is being applied.</summary>
    private readonly SortedDictionary<long, KeptAnswer?> _answers = [];

    public long Id => id;

    /// <summary>How long it lives without being used, in milliseconds of the log's time.</summary>
    public long Timeout => timeout;

    /// <summary>The time of the log at which it ends, if it is not used before.</summary>
    public long ExpiresAt { get; set; }

    /// <summary>The client waits for no command below it.</summary>
    public long LowestUnanswered { get; private set; } = 1;

    /// <summary>Commands whose answers are kept, or will be.</summary>
    public int Count => _answers.Count;

    /// <summary>The bytes of the answers that are kept.</summary>
    public long Bytes { get; private set; }

    /// <summary>The client waits for nothing below a sequence.</summary>
    public void Forget(long lowestUnanswered)
    {
        if (lowestUnanswered <= LowestUnanswered)
        {
            return;
        }

        LowestUnanswered = lowestUnanswered;
        while (_answers.Count > 0 && _answers.First() is var (sequence, answer) && sequence < lowestUnanswered)
        {
            _answers.Remove(sequence);
            Bytes -= answer?.Size ?? 0;
        }
    }

    public bool TryGet(long sequence, out KeptAnswer? answer) => _answers.TryGetValue(sequence, out answer);

    /// <summary>A command is about to be applied.</summary>
    public void Begin(long sequence) => _answers.Add(sequence, null);

    /// <summary>The command was applied; unless the client no longer waits for it, its answer is kept.</summary>
    public void Complete(long sequence, KeptAnswer answer)
    {
        if (_answers.TryGetValue(sequence, out var known) && known is null)
        {
            _answers[sequence] = answer;
            Bytes += answer.Size;
        }
    }

    public void Write(ref WireWriter writer)
    {
        writer.Index(Id);
        writer.Index(Timeout);
        writer.Index(ExpiresAt);
        writer.Index(LowestUnanswered);
        writer.Index(_answers.Count);
        foreach (var (sequence, answer) in _answers)
        {
            writer.Index(sequence);
            var applied = answer
                ?? throw new InvalidOperationException($"command {sequence} of session {Id} is not applied yet");
            applied.Write(ref writer);
        }
    }

    public static ClientSession Read(ref WireReader reader)
    {
        var session = new ClientSession(reader.Index(), reader.Index())
        {
            ExpiresAt = reader.Index(),
            LowestUnanswered = reader.Index(),
        };
        for (var count = reader.Count(MinimumAnswerSize); count > 0; count--)
        {
            var sequence = reader.Index();
            var answer = KeptAnswer.Read(ref reader);
            if (sequence < session.LowestUnanswered || !session._answers.TryAdd(sequence, answer))
            {
                throw new MalformedMessageException($"session {session.Id} has an answer to command {sequence} that cannot be");
            }

            session.Bytes += answer.Size;
        }

        return session;
    }
}
