using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Registers;
using Raft.Simulation.World;

namespace Raft.Simulation.Clients;

/// <summary>
/// A client with a session: has several commands in flight and sends each again, to just any server, until it is answered;
/// sometimes once more after that. It holds every answer to a command against the first one.
/// </summary>
internal sealed class SessionClient : ISimulatedClient
{
    private readonly SimulatedWorld _world;
    private readonly ClientLoad _load;
    private readonly History _history;
    private readonly SeededRandom _random;
    private readonly Caller _caller;
    private readonly int _number;
    private readonly SortedDictionary<long, Call> _inFlight = [];
    private long _session;
    private readonly double _clockDrift;
    private long _sequence;
    private TimeSpan _timeout;
    private TimeSpan _usedAt;
    private bool _isClosed;
    private bool _isFinishing;

    public SessionClient(
        SimulatedWorld world, SimulatedCluster cluster, ClientLoad load, History history, int number, double clockDrift)
    {
        _world = world;
        _load = load;
        _history = history;
        _number = number;
        _clockDrift = clockDrift;
        _random = SeededRandom.Stream(world.Seed, $"session client {number}");
        _caller = new Caller(world, cluster, history, $"s{number}", _random);
        After(_random.Around(load.ThinkTime), Register);
    }

    public bool IsFinished { get; private set; }

    public string Waits => _session == 0
        ? $"client {_number} has no session"
        : $"client {_number} waits for commands {string.Join(", ", _inFlight.Keys)} of session {_session}";

    public void Finish() => _isFinishing = true;

    private void After(TimeSpan time, Action action) => _world.Schedule(time + TimeSpan.FromTicks(1), null, action);

    private void Register()
    {
        if (IsFinished)
        {
            return;
        }

        var isOver = false;
        var askedAt = _world.Elapsed;
        Ask(new RegisterSession(), answer =>
        {
            if (!isOver && answer is SessionRegistered registered)
            {
                (_timeout, _usedAt, _isClosed) = (registered.Timeout, askedAt, false);
                Begin(registered.SessionId);
            }
            else if (!isOver)
            {
                After(_random.Around(_load.ThinkTime), Register);
            }

            isOver = true;
        });
        After(_load.Patience, () =>
        {
            if (!isOver)
            {
                isOver = true;
                Register();
            }
        });
    }

    private void Begin(long session)
    {
        (_session, _sequence) = (session, 0);
        for (var slot = 0; slot < _load.CommandsInFlight; slot++)
        {
            After(_random.Around(_load.ThinkTime), () => NextCommand(session));
        }
    }

    private void NextCommand(long session)
    {
        if (IsFinished || session != _session)
        {
            return;
        }

        if (!_isFinishing && _inFlight.Count == 0 && _random.Chance(0.1))
        {
            // Nobody hears whether it worked: what comes next is told.
            var closes = _random.Chance(0.3);
            _isClosed |= closes;
            Ask(closes ? new CloseSession(session) : new KeepSessionAlive(session, _sequence + 1), static _ => { });
        }

        var key = _random.Next(_load.Keys);
        var kind = _random.Pick(
            OperationKind.Write, OperationKind.Write, OperationKind.CompareAndSet, OperationKind.ReadThroughLog);
        var operation = _history.Call(_number, kind, key, _history.LastKnown(key));
        var call = new Call(operation, session, ++_sequence, _isFinishing) { FirstSentAt = _world.Elapsed };
        _inFlight.Add(call.Sequence, call);
        Send(call);
    }

    private void Send(Call call)
    {
        if (call.Session != _session)
        {
            return;
        }

        var operation = call.Operation;
        var command = new RegisterCommand(operation.Id, operation.Kind, operation.Key, operation.Value, operation.Expected);
        var lowest = _inFlight.Count > 0 ? Math.Min(_inFlight.First().Key, call.Sequence) : call.Sequence;
        var attempt = ++call.Attempts;
        var apply = new Apply(command.ToBytes()) { Session = new CommandSession(call.Session, call.Sequence, lowest) };
        Ask(apply, answer => OnAnswer(call, attempt, answer));
        After(_load.Patience, () => Retry(call, attempt));
    }

    /// <summary>Sends a command again, unless that was done already or it is answered.</summary>
    private void Retry(Call call, int attempt)
    {
        if (call.Attempts == attempt && call.IsWaiting)
        {
            Send(call);
        }
    }

    private void OnAnswer(Call call, int attempt, object answer)
    {
        switch (answer)
        {
            case Applied applied:
                OnApplied(call, applied);
                break;
            case SessionExpired:
                OnExpired(call);
                break;
            case AnswerNotKept when call.IsWaiting && call.Session == _session:
                _history.Report($"{call} is waited for and was answered by {answer}");
                break;
            case RaftFailure:
                // Whatever it says, it says of this copy.
                After(_random.Around(_load.ThinkTime), () => Retry(call, attempt));
                break;
        }
    }

    private void OnApplied(Call call, Applied applied)
    {
        var said = (applied.Index, applied.Term, Client.Number(applied.Result));
        if (call.First is { } first && first != said)
        {
            _history.Report($"{call} was first answered with {first} and then with {said}");
        }

        if (call.First is not null)
        {
            return;
        }

        call.First = said;
        call.IsWaiting = false;
        _history.Acknowledge(call.Operation, applied.Index, applied.Term, said.Item3);
        if (_isFinishing && call.IsLast)
        {
            IsFinished = true;
        }

        if (call.Session != _session)
        {
            return;
        }

        _usedAt = call.FirstSentAt > _usedAt ? call.FirstSentAt : _usedAt;
        if (_random.Chance(0.05))
        {
            Send(call);
        }

        _inFlight.Remove(call.Sequence);
        After(_random.Around(_load.ThinkTime), () => NextCommand(call.Session));
    }

    /// <summary>Of this command it is not known whether an earlier copy was applied; but no later one may be.</summary>
    private void OnExpired(Call call)
    {
        _history.Ended(call.Operation);
        if (call.Session == _session)
        {
            CheckNotEarly(call);
            _session = 0;
            _inFlight.Clear();
            After(_random.Around(_load.ThinkTime), Register);
        }
    }

    /// <summary>
    /// A command that was applied keeps its session alive for the session's timeout, by the clock of whoever leads, however wall
    /// clocks are set.
    /// </summary>
    private void CheckNotEarly(Call call)
    {
        var unused = (_world.Elapsed - _usedAt) * (1 + _clockDrift);
        if (!_isClosed && unused + TimeSpan.FromMilliseconds(2) < _timeout)
        {
            _history.Report(
                $"{call} was told that its session has expired, which was used {unused} before and lives for {_timeout}");
        }
    }

    /// <summary>A session of a second is over before a client that does not listen has found the leader twice.</summary>
    private void Ask(IRaftRequest request, Action<object> onAnswer) =>
        _caller.Ask(request, _isFinishing ? 1 : _load.FollowsHintRate, onAnswer);

    private sealed class Call(Operation operation, long session, long sequence, bool isLast)
    {
        public Operation Operation => operation;

        public long Session => session;

        public long Sequence => sequence;

        /// <summary>Whether it was begun when no fault could come any more.</summary>
        public bool IsLast => isLast;

        public int Attempts { get; set; }

        /// <summary>When it was first sent. The session was used then, or later.</summary>
        public required TimeSpan FirstSentAt { get; init; }

        public bool IsWaiting { get; set; } = true;

        public (long Index, long Term, long Result)? First { get; set; }

        public override string ToString() => $"command {sequence} of session {session} ({operation})";
    }
}
