using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using Raft.Actors.Dispatch;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.Snapshots;

namespace Raft.Actors.Replication;

/// <summary>
/// Sends one stored snapshot to one follower, beside its replicator and heartbeat, and ends. It holds one chunk in memory and
/// reads the next when the follower has room for it. A silent follower is asked at growing intervals, and goes on where it was.
/// </summary>
internal sealed class SnapshotSender : UntypedActor, IWithTimers
{
    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(5);

    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly RefusedAnswers _refused = new();
    private readonly FollowerLink _link;
    private readonly StoredSnapshot _snapshot;
    private readonly IActorRef _store;
    private readonly SnapshotKeys _keys;
    private readonly ReplicationSettings _settings;
    private readonly Random _random;
    private readonly TransferWindow _window;
    private readonly string _name;

    // The chunk that is at hand, by its number, which begins with 1; and the number of the one that the store is asked for.
    private (int Number, ReadOnlyMemory<byte> Bytes) _chunk;
    private int? _loading;
    private int _loadFailures;
    private int _silences;
    private TimeSpan _beganAt;
    private TimeSpan _loggedAt;

    public SnapshotSender(FollowerLink link, StoredSnapshot snapshot, IActorRef store, RaftSettings settings, Random random)
    {
        _link = link;
        _snapshot = snapshot;
        _store = store;
        _keys = new SnapshotKeys(SnapshotKeys.PersistenceIdOf(settings.PersistenceId));
        _settings = settings.Replication;
        _random = random;
        _name = settings.PersistenceId;
        _window = new TransferWindow(
            snapshot.Content.Bytes, settings.Replication.MaxBytesPerMessage, settings.Snapshots.MaxMessagesInFlight);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart()
    {
        _beganAt = Now;
        _loggedAt = Now;
        _logger.Info(
            "{0} sends {1} the snapshot of entry {2} ({3} bytes)",
            _name, _link.Follower, _snapshot.Index, _snapshot.Content.Bytes);
        Report();
        SendWhatIsDue();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InstallSnapshotResponse response when _link.IsAnswer(response.Header):
                OnResponse(response);
                break;
            case LoadSnapshotResult loaded:
                OnLoaded(loaded);
                break;
            case LoadSnapshotFailed failed:
                OnLoadFailed(failed);
                break;
            case FollowerReturned:
                Resume();
                break;
            case Tick.ResponseDeadline:
                OnSilence();
                break;
            case Tick.Load:
                SendWhatIsDue();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnResponse(InstallSnapshotResponse response)
    {
        if (_window.WhyNot(response.Sequence, response.Offset) is { } impossible)
        {
            _refused.Say(_logger, response, impossible, Now);
            return;
        }

        if (response.Header.Term > _link.Term)
        {
            Context.Parent.Tell(new LaterTermSeen(_link.Follower, response.Header.Term));
            return;
        }

        _silences = 0;
        switch (response.Status)
        {
            case InstallStatus.Installed:
                var took = Now - _beganAt;
                _logger.Info(
                    "{0}: {1} has installed the snapshot of entry {2} after {3} ({4:F1} MiB/s)",
                    _name, _link.Follower, _snapshot.Index, took,
                    _snapshot.Content.Bytes / 1048576.0 / Math.Max(took.TotalSeconds, 0.001));
                End(null, isUnreadable: false);
                break;
            case InstallStatus.Refused:
                End("the follower refuses it", isUnreadable: false);
                break;
            default:
                if (_window.Answered(response.Sequence, response.Offset))
                {
                    Report();
                }

                SendWhatIsDue();
                break;
        }
    }

    private void SendWhatIsDue()
    {
        while (_window.CanSend && TryGetBytes(out var bytes))
        {
            var piece = bytes[.._window.PieceOf(bytes.Length)];
            Send(piece);
        }

        if (_window.IsAllSent && !_window.IsWaiting && !Timers.IsTimerActive(Tick.ResponseDeadline))
        {
            WatchForAnswer();
        }
    }

    private void Send(ReadOnlyMemory<byte> piece)
    {
        var offset = _window.Next;
        var sequence = _window.Sent(piece.Length);
        _link.Peer.Tell(new InstallSnapshot(_link.Header, sequence, _snapshot.Content, offset, piece), Self);
        WatchForAnswer();
    }

    /// <summary>The bytes that are at hand for the next piece; asks the store for them if there are none.</summary>
    private bool TryGetBytes(out ReadOnlyMemory<byte> bytes)
    {
        var number = (int)(_window.Next / _snapshot.ChunkBytes) + 1;
        if (_chunk.Number == number)
        {
            bytes = _chunk.Bytes[(int)(_window.Next % _snapshot.ChunkBytes)..];
            return true;
        }

        bytes = default;
        if (_loading is null && !Timers.IsTimerActive(Tick.Load))
        {
            _loading = number;
            _chunk = default;
            _store.Tell(_keys.Load(_snapshot.Number, number), Self);
        }

        return false;
    }

    private void OnLoaded(LoadSnapshotResult loaded)
    {
        if (_loading is not { } number)
        {
            return;
        }

        _loading = null;
        _loadFailures = 0;
        try
        {
            _chunk = (number, ChunkReader.BytesOf(_snapshot, number, loaded));
        }
        catch (Serialization.MalformedMessageException missing)
        {
            End(missing.Message, isUnreadable: true);
            return;
        }

        SendWhatIsDue();
    }

    private void OnLoadFailed(LoadSnapshotFailed failed)
    {
        _loading = null;
        if (ChunkReader.IsDamage(failed.Cause))
        {
            End(failed.Cause.Message, isUnreadable: true);
            return;
        }

        Timers.StartSingleTimer(
            Tick.Load, Tick.Load, Backoff.Exponential(_settings.MinBackoff, _settings.MaxBackoff, ++_loadFailures, _random));
    }

    /// <summary>One timer for the latest message: pieces and answers alternate, so silence concerns all of them.</summary>
    private void WatchForAnswer() => Timers.StartSingleTimer(
        Tick.ResponseDeadline, Tick.ResponseDeadline, _silences == 0
            ? _settings.ResponseTimeout
            : Backoff.Exponential(
                _settings.ResponseTimeout, _settings.ResponseTimeout + _settings.MaxBackoff, _silences, _random));

    private void OnSilence()
    {
        _silences++;
        Resume();
    }

    /// <summary>Goes on where the follower was. If it has everything, asks whether it is done.</summary>
    private void Resume()
    {
        _window.Lost();
        if (_window.IsAllSent)
        {
            Send(default);
        }
        else
        {
            SendWhatIsDue();
        }
    }

    private void Report()
    {
        var transfer = new SnapshotTransfer(_snapshot.Index, _window.Acknowledged, _snapshot.Content.Bytes);
        Context.Parent.Tell(new TransferProgress(_link.Follower, _link.Term, transfer));
        if (Now - _loggedAt >= LogInterval)
        {
            _loggedAt = Now;
            _logger.Info(
                "{0}: {1} has {2} % of the snapshot of entry {3} ({4:F1} MiB/s)",
                _name, _link.Follower, transfer.Percent, _snapshot.Index,
                transfer.BytesSent / 1048576.0 / (Now - _beganAt).TotalSeconds);
        }
    }

    private void End(string? failure, bool isUnreadable)
    {
        if (failure is not null)
        {
            _logger.Warning(
                "{0} could not send {1} the snapshot of entry {2}: {3}", _name, _link.Follower, _snapshot.Index, failure);
        }

        Context.Parent.Tell(new TransferEnded(_link.Follower, _link.Term, _snapshot, failure, isUnreadable));
        Context.Stop(Self);
    }

    private enum Tick
    {
        ResponseDeadline,
        Load,
    }
}
