namespace Raft.Actors.Protocol;

/// <summary>What a follower tells its leader of its state machine.</summary>
/// <param name="LastApplied">Up to here it has applied the log.</param>
/// <param name="StoppedAt">
/// The entry at which its state machine throws, so that it goes on without a state; 0 where it does not.
/// </param>
public sealed record StateReport(long LastApplied, long StoppedAt);
