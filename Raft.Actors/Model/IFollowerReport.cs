namespace Raft.Actors.Model;

/// <summary>What a leader's own actors tell it. It counts only in the term that it belongs to.</summary>
internal interface IFollowerReport
{
    /// <summary>The term in which the leader started the actor.</summary>
    long Term { get; }
}
