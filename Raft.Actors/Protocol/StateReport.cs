namespace Raft.Actors.Protocol;

/// <summary>What a follower tells its leader about its state machine.</summary>
/// <param name="LastApplied">The last entry that it has applied.</param>
/// <param name="StoppedAt">The entry at which its state machine throws, so that it goes on without a state; 0 if it does
/// not.</param>
public sealed record StateReport(long LastApplied, long StoppedAt);
