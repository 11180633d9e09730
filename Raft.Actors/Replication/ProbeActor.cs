using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Replication;

/// <summary>
/// Finds out for a leader whether a server answers at an address under an id, before the configuration says so. It asks for a
/// pre-vote: servers of all versions answer that, and it changes nothing there. A server of another group does not answer.
/// </summary>
internal sealed class ProbeActor(FollowerLink link, TimeSpan interval, TimeSpan timeout) : UntypedActor, IWithTimers
{
    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(Tick.Ask, Tick.Ask, interval);
        Timers.StartSingleTimer(Tick.Over, Tick.Over, timeout);
        Ask();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick.Ask:
                Ask();
                break;
            case Tick.Over:
                Finish(hasAnswered: false);
                break;
            case PreVoteResponse response when link.IsAnswer(response.Header) && response.CampaignTerm == link.Term:
                Finish(hasAnswered: true);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>Again and again, for messages get lost, and a server that just starts answers nothing yet.</summary>
    private void Ask() => link.Peer.Tell(new RequestPreVote(link.Header, 0, 0), Self);

    private void Finish(bool hasAnswered)
    {
        Context.Parent.Tell(new ServerProbed(link.Term, hasAnswered), Self);
        Context.Stop(Self);
    }

    private enum Tick
    {
        Ask,
        Over,
    }
}
