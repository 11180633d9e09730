using Akka.Actor;
using Raft.Actors.Protocol;

namespace Raft.Actors.Node.Questions;

/// <summary>To a node from one of its boxes: what a server answered to a question of the node's.</summary>
/// <param name="Answer">The answer.</param>
internal sealed record AnswerReceived(IPeerAnswer Answer);

/// <summary>
/// Stands as the sender of a question that a node asks other servers, and passes the answers on to it. Its name is a secret
/// between the node and those whom it asks.
/// </summary>
internal sealed class AnswerBox : UntypedActor
{
    public static Props Props { get; } = Akka.Actor.Props.Create(() => new AnswerBox());

    protected override void OnReceive(object message)
    {
        if (message is IPeerAnswer answer)
        {
            Context.Parent.Forward(new AnswerReceived(answer));
        }
        else
        {
            Unhandled(message);
        }
    }
}
