using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Actors.Observation;

/// <summary>
/// The observers of this server, and the state that a late observer is told first. It belongs to the supervisor, which outlives
/// the node; its owner watches the observers.
/// </summary>
internal sealed class ObserverList(string group, ServerId server, int limit)
{
    private readonly List<(IActorRef Observer, ObservationKinds Kinds)> _observers = [];

    /// <summary>What is known to have happened, all in all.</summary>
    public ObservedState State { get; private set; } = ObservedState.Unknown(group, server);

    public int Count => _observers.Count;

    /// <summary>Why an observer is refused; null if it is told from now on, of the kinds that it asked for last.</summary>
    public string? Add(Observe request)
    {
        if (request.Observer is IActorRefScope { IsLocal: false })
        {
            return $"{request.Observer.Path} is in another process";
        }

        var place = _observers.FindIndex(known => known.Observer.Equals(request.Observer));
        if (place >= 0)
        {
            _observers[place] = (request.Observer, request.Kinds);
            return null;
        }

        if (_observers.Count >= limit)
        {
            return $"there are {limit} observers already (raft.max-observers)";
        }

        _observers.Add((request.Observer, request.Kinds));
        return null;
    }

    public void Remove(IActorRef observer) => _observers.RemoveAll(known => known.Observer.Equals(observer));

    /// <summary>Takes note of what happened, and tells those who want to know.</summary>
    public void Tell(RaftObservation observation, IActorRef sender)
    {
        State = State.After(observation);
        foreach (var (observer, kinds) in _observers)
        {
            if ((kinds & observation.Kind) != 0)
            {
                observer.Tell(observation, sender);
            }
        }
    }

    /// <summary>The node is gone: it does not lead or follow until its next life has read the journal.</summary>
    public void NodeStopped(IActorRef sender)
    {
        if (!State.LeaderId.IsNone)
        {
            Tell(new LeaderChanged(group, server, State.Term, default, null), sender);
        }

        if (State.Role != RaftRole.Recovering)
        {
            Tell(new RoleChanged(group, server, RaftRole.Recovering, State.Term), sender);
        }
    }
}
