using Akka.Actor;
using Raft.Actors.Node.Contracts;

namespace Raft.Actors.Node;

/// <summary>When observers are told something (<see cref="Observing"/>).</summary>
public sealed partial class RaftNode
{
    /// <inheritdoc />
    protected override bool AroundReceive(Receive receive, object message)
    {
        var handled = base.AroundReceive(receive, message);
        _observing.TellWhatChanged();
        return handled;
    }
}
