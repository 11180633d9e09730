using Akka.Actor;
using Raft.Actors.Dispatch;
using Raft.Actors.Node.Contracts;

namespace Raft.Actors.Node.Questions;

/// <summary>
/// Where the answers to one kind of question come in. Whoever reaches the port can send what looks like another server's
/// answer, and a vote that nobody gave would elect a second leader. So each question names an actor that waits for its
/// answers, whose name nobody can guess: only who was asked, and who listens on the wire, can answer. Servers of all versions
/// answer the sender of a question, whoever it is.
/// </summary>
internal sealed class QuestionBox(INodeContext node)
{
    private IActorRef _box = ActorRefs.Nobody;

    /// <summary>Opens a box for the answers to one question, unless one is open.</summary>
    /// <param name="question">The question, in the name of the box.</param>
    /// <returns>The box: the sender of the question.</returns>
    public IActorRef Open(string question)
    {
        if (_box.IsNobody())
        {
            _box = node.Spawn(AnswerBox.Props.On(node.Settings.Dispatcher), $"{question}-{node.NewSecret()}");
        }

        return _box;
    }

    /// <summary>What comes for it from now on comes too late.</summary>
    public void Close()
    {
        if (!_box.IsNobody())
        {
            node.Stop(_box);
            _box = ActorRefs.Nobody;
        }
    }
}
