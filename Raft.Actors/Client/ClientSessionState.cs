using Raft.Actors.Model;

namespace Raft.Actors.Client;

/// <summary>A client's own session: which numbers it has given away, and which of them it still waits for.</summary>
internal sealed class ClientSessionState
{
    private readonly SortedSet<long> _inFlight = [];
    private long _sequence;

    /// <summary>The session; 0 while there is none.</summary>
    public long Id { get; private set; }

    /// <summary>The lowest number whose answer is waited for, or the next one.</summary>
    public long LowestUnanswered => _inFlight.Count > 0 ? _inFlight.Min : _sequence + 1;

    public void Begin(long id)
    {
        Id = id;
        _sequence = 0;
        _inFlight.Clear();
    }

    public void End() => Begin(0);

    /// <summary>Gives a command the next number.</summary>
    public CommandSession Next()
    {
        _inFlight.Add(++_sequence);
        return Stamp(new CommandSession(Id, _sequence, LowestUnanswered));
    }

    /// <summary>A command as it is sent now: with what is waited for now.</summary>
    public CommandSession Stamp(CommandSession command) =>
        command with { LowestUnanswered = Math.Min(LowestUnanswered, command.Sequence) };

    /// <summary>A command has its answer, or its client no longer waits for it: it will never be sent again.</summary>
    public void Finish(CommandSession command)
    {
        if (command.SessionId == Id)
        {
            _inFlight.Remove(command.Sequence);
        }
    }
}
