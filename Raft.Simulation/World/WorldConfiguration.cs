using Akka.Configuration;
using Akka.Persistence;
using Raft.Actors.Settings;

namespace Raft.Simulation.World;

/// <summary>
/// The configuration of a world's actor system: every dispatcher, the scheduler, the journal and the logger are simulated.
/// </summary>
internal static class WorldConfiguration
{
    /// <summary>Read once per process: reading HOCON costs as much as a short simulation.</summary>
    public static readonly Config Value = ConfigurationFactory.ParseString($$"""
        akka {
          loglevel = INFO
          stdout-loglevel = INFO
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          loggers = ["{{NameOf<SimulatedLogger>()}}"]
          stdout-logger-class = "{{NameOf<SimulatedLogger>()}}"
          suppress-json-serializer-warning = on
          scheduler.implementation = "{{NameOf<SimulatedScheduler>()}}"
          coordinated-shutdown {
            run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off, terminate-actor-system = off
          }
          actor {
            default-dispatcher.type = {{Dispatcher}}
            internal-dispatcher.type = {{Dispatcher}}
            default-blocking-io-dispatcher.type = {{Dispatcher}}
            default-fork-join-dispatcher.type = {{Dispatcher}}
            task-dispatcher.type = {{Dispatcher}}
            synchronized-dispatcher.type = {{Dispatcher}}
          }
          io.pinned-dispatcher.type = {{Dispatcher}}
          persistence {
            max-concurrent-recoveries = 1000000
            dispatchers {
              default-plugin-dispatcher.type = {{Dispatcher}}
              default-replay-dispatcher.type = {{Dispatcher}}
              default-stream-dispatcher.type = {{Dispatcher}}
            }
            snapshot-store.simulated { class = "Raft.Simulation.Journal.SimulatedSnapshotStore, Raft.Simulation" }
            journal {
              plugin = "akka.persistence.journal.simulated"
              simulated { class = "Raft.Simulation.Journal.SimulatedJournal, Raft.Simulation" }
            }
          }
        }
        raft.node-dispatcher.type = {{Dispatcher}}
        raft.state-machine-dispatcher.type = {{Dispatcher}}
        """)
        .WithFallback(RaftSettings.DefaultConfig())
        .WithFallback(Persistence.DefaultConfig());

    private static string Dispatcher => $"\"{NameOf<SimulatedDispatcherConfigurator>()}\"";

    private static string NameOf<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
