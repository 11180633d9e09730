namespace Raft.Simulation.Registers;

/// <summary>When a request came to a server, whose clock goes so fast.</summary>
internal readonly record struct Arrival(long Time, double ClockRate);
