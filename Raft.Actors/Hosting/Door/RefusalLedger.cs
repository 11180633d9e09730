using Raft.Actors.LogLines;

namespace Raft.Actors.Hosting.Door;

/// <summary>Which refusals are told. A sender chooses what is refused, and how often.</summary>
/// <param name="time">The clock.</param>
internal sealed class RefusalLedger(TimeProvider time) : LineLimit<RefusalKind>(time);
