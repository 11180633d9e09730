using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using Raft.Actors.Dispatch;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;

namespace Raft.Actors.Replication;

/// <summary>
/// Brings one follower's log in line with the leader's and keeps it there (figure 3.1, leaders, third rule): finds
/// where the logs agree, then sends entries ahead of their answers. A child of the leader's node, for one term.
/// </summary>
internal sealed class ReplicatorActor : UntypedActor, IWithTimers
{
    private readonly ILoggingAdapter _logger = Context.GetLogger();
    private readonly RefusedAnswers _refused = new();
    private readonly FollowerLink _link;
    private readonly ReplicationSettings _settings;
    private readonly TimeSpan _commitTimeout;
    private readonly Random _random;
    private readonly Progress _progress;
    private LogView _log;
    private long _commitIndex;
    private ImmutableArray<SkippedEntry> _skips;
    private long _commitIndexSent;
    private TimeSpan _lastSentAt;
    private int _silences;
    private bool _isBackingOff;
    private bool _probeIsDue = true;
    private JournalIdentity? _journal;
    private long _finishAt = long.MaxValue;
    private long _finishSequence = long.MaxValue;

    public ReplicatorActor(FollowerLink link, RaftSettings settings, Random random, LogAdvanced log, long firstIndex)
    {
        _link = link;
        _settings = settings.Replication;
        _commitTimeout = settings.CommitTimeout;
        _random = random;
        (_log, _commitIndex, _skips) = log;
        _progress = new Progress(firstIndex, settings.Replication.MaxMessagesInFlight);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private static TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Tick.Idle, Tick.Idle, _settings.ResponseTimeout);
        SendWhatIsDue();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case LogAdvanced advanced:
                (_log, _commitIndex, _skips) = advanced;
                SendWhatIsDue();
                break;
            case AppendEntriesResponse response when _link.IsAnswer(response.Header):
                OnResponse(response);
                break;
            case FinishAt finish:
                _finishAt = finish.Index;
                break;
            case Snapshots.SnapshotInstalled installed:
                OnSnapshotInstalled(installed.Index);
                break;
            case Snapshots.SnapshotNotInstalled:
                if (_progress.State == ProgressState.Snapshot)
                {
                    _progress.SnapshotAborted();
                    BackOff();
                    ReportProgress();
                }

                break;
            case FollowerReturned:
                EndSilence();
                _probeIsDue = true;
                SendWhatIsDue();
                break;
            case Tick.ResponseDeadline:
                OnResponseDeadline();
                break;
            case Tick.BackoffEnds:
                _isBackingOff = false;
                _probeIsDue = true;
                SendWhatIsDue();
                break;
            case Tick.CommitIndexIsDue:
                if (_commitIndexSent < _commitIndex)
                {
                    SendWithoutEntries();
                }

                break;
            case Tick.Idle:
                // A follower that restarted meanwhile has its log and has forgotten the commit index.
                if (_progress.OldestSentAt is null && Now - _lastSentAt >= _settings.ResponseTimeout)
                {
                    SendWithoutEntries();
                }

                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnResponse(AppendEntriesResponse response)
    {
        if (_progress.WhyNot(response.Sequence, response.MatchIndex) is { } impossible)
        {
            _refused.Say(_logger, response, impossible, Now);
            return;
        }

        if (response.Header.Term > _link.Term)
        {
            Context.Parent.Tell(new LaterTermSeen(_link.Follower, response.Header.Term));
            return;
        }

        if (response.Header.Term < _link.Term)
        {
            return;
        }

        NoteJournal(response.Header.Journal);
        if (response.Success)
        {
            EndSilence();
            var state = _progress.State;
            if (_progress.Succeeded(response.Sequence, response.MatchIndex) || state != _progress.State)
            {
                ReportProgress();
            }

            if (response.Sequence >= _finishSequence)
            {
                Context.Parent.Tell(new FollowerFinished(_link.Follower, _link.Term));
            }
        }
        else
        {
            OnRejected(_progress.Rejected(response.Sequence, _log, response.ConflictTerm, response.ConflictIndex));
        }

        if (response.NeedsSnapshot)
        {
            // Its log is whole, but it has no state. Entries go on beside the snapshot, because the group may need it for its
            // majority.
            Context.Parent.Tell(new Snapshots.SnapshotNeeded(_link.Follower, _link.Term));
        }

        SendWhatIsDue();
    }

    /// <summary>What was known is known of the journal that was lost; nothing is known of the other one.</summary>
    private void NoteJournal(JournalIdentity journal)
    {
        if (_journal is { } known && known != journal)
        {
            _logger.Warning(
                "{0} answers with the journal {1} after {2}: it is filled up from the beginning",
                _link.Follower, journal, known);
            _progress.Forget(_log.LastIndex + 1);
            _probeIsDue = true;
        }

        _journal = journal;
    }

    private void OnSnapshotInstalled(long index)
    {
        EndSilence();
        _progress.SnapshotInstalled(index);
        _probeIsDue = true;
        ReportProgress();
        SendWhatIsDue();
    }

    /// <summary>The log no longer has the entries that the follower needs next.</summary>
    private void AskForSnapshot()
    {
        _progress.NeedsSnapshot();
        ReportProgress();
        Context.Parent.Tell(new Snapshots.SnapshotNeeded(_link.Follower, _link.Term));
    }

    private void OnRejected(Rejection rejection)
    {
        switch (rejection)
        {
            case Rejection.Stale:
                return;
            case Rejection.Conflict:
                EndSilence();
                _probeIsDue = true;
                break;
            case Rejection.EntriesLost:
                // In its own time: a follower that denied everything would be asked as fast as the network is.
                _logger.Error(
                    "{0} has lost entries that it had confirmed as durable: its disk lost them, or was set back. "
                    + "It is filled up again, but what it promised before is void. "
                    + "It counts for nothing until it has all of the log again; look at its disk (docs/operations.md)",
                    _link.Follower);
                BackOff();
                break;
        }

        ReportProgress(rejection == Rejection.EntriesLost);
    }

    private void ReportProgress(bool hasLostEntries = false) => Context.Parent.Tell(
        new FollowerProgress(
            _link.Follower,
            _link.Term,
            _progress.State,
            _progress.MatchIndex,
            _progress.NextIndex,
            _journal ?? default,
            hasLostEntries));

    /// <summary>
    /// Sends as far as the window reaches; and, with nothing else to send, the commit index when its time comes.
    /// </summary>
    private void SendWhatIsDue()
    {
        if (_isBackingOff)
        {
            return;
        }

        while (_progress.CanSend && (_progress.NextIndex <= _log.LastIndex || _probeIsDue))
        {
            if (_progress.NextIndex <= _log.BaseIndex)
            {
                AskForSnapshot();
                return;
            }

            Send(_settings.MaxEntriesPerMessage);
        }

        if (_commitIndexSent < _commitIndex && !Timers.IsTimerActive(Tick.CommitIndexIsDue))
        {
            Timers.StartSingleTimer(Tick.CommitIndexIsDue, Tick.CommitIndexIsDue, _commitTimeout);
        }
    }

    private void SendWithoutEntries()
    {
        if (_progress.CanSend && !_isBackingOff && _progress.NextIndex > _log.BaseIndex)
        {
            Send(maxEntries: 0);
        }
    }

    private void Send(int maxEntries)
    {
        var previous = _progress.NextIndex - 1;
        var previousTerm = _log.TermAt(previous)
            ?? throw new InvalidOperationException($"entry {previous} is not in the log, which begins at {_log.FirstIndex}");
        var entries = maxEntries == 0 ? [] : _log.Slice(_progress.NextIndex, maxEntries, _settings.MaxBytesPerMessage);
        var sequence = _progress.Sent(previous + entries.Length, Now);
        if (_commitIndex >= _finishAt && previous + entries.Length >= _finishAt)
        {
            _finishSequence = Math.Min(_finishSequence, sequence);
        }

        _probeIsDue = false;
        _commitIndexSent = _commitIndex;
        _lastSentAt = Now;

        // A follower that does not have a skip yet must not apply what it skips.
        var commitIndex = SkippedEntries.Limit(_skips, previous + entries.Length, _commitIndex);
        _link.Peer.Tell(new AppendEntries(_link.Header, sequence, previous, previousTerm, entries, commitIndex), Self);
        if (!Timers.IsTimerActive(Tick.ResponseDeadline))
        {
            Timers.StartSingleTimer(Tick.ResponseDeadline, Tick.ResponseDeadline, _settings.ResponseTimeout);
        }
    }

    /// <summary>
    /// The timer is set for the oldest message of its time; by now that one may be answered and another the oldest.
    /// </summary>
    private void OnResponseDeadline()
    {
        if (_progress.OldestSentAt is not { } sentAt)
        {
            return;
        }

        var remaining = sentAt + _settings.ResponseTimeout - Now;
        if (remaining > TimeSpan.Zero)
        {
            Timers.StartSingleTimer(Tick.ResponseDeadline, Tick.ResponseDeadline, remaining);
            return;
        }

        _progress.Lost();
        BackOff();
        ReportProgress();
    }

    private void BackOff()
    {
        _silences++;
        _isBackingOff = true;
        var backoff = Backoff.Exponential(_settings.MinBackoff, _settings.MaxBackoff, _silences, _random);
        Timers.StartSingleTimer(Tick.BackoffEnds, Tick.BackoffEnds, backoff);
    }

    private void EndSilence()
    {
        _silences = 0;
        if (_isBackingOff)
        {
            _isBackingOff = false;
            _probeIsDue = true;
            Timers.Cancel(Tick.BackoffEnds);
        }
    }

    private enum Tick
    {
        ResponseDeadline,
        BackoffEnds,
        CommitIndexIsDue,
        Idle,
    }
}
