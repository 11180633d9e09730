using Akka.Configuration;
using Akka.Dispatch;

namespace Raft.Actors.Dispatch;

/// <summary>
/// An executor for Akka's dispatchers with threads of its own (<c>executor = "Raft.Actors.Dispatch.DedicatedThreadsExecutor,
/// Raft.Actors"</c>, <c>dedicated-threads.count</c>).
/// </summary>
/// <remarks>
/// Akka.NET's own (<c>fork-join-executor</c>, <c>ForkJoinDispatcher</c>) has idle threads spin and yield before they sleep. A
/// group's few threads have short work to do some thousand times a second, so that theirs never came to rest: where a machine
/// has fewer cores than its processes have such threads, that took more processor time than the work itself. These sleep at
/// once; the wake-up costs a few microseconds.
/// </remarks>
public sealed class DedicatedThreadsExecutor : ExecutorServiceConfigurator
{
    private readonly int _count;

    /// <summary>Made by the actor system, with the dispatcher's section.</summary>
    /// <exception cref="ConfigurationException"><c>dedicated-threads.count</c> is below 1.</exception>
    public DedicatedThreadsExecutor(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        _count = config.GetInt("dedicated-threads.count", 1);
        if (_count < 1)
        {
            throw new ConfigurationException($"dedicated-threads.count = {_count}: use a number above 0");
        }
    }

    /// <inheritdoc />
    public override ExecutorService Produce(string id) => new Threads(id, _count);

    private sealed class Threads : ExecutorService
    {
        private readonly Queue<IRunnable> _work = new();
        private bool _isShutDown;

        public Threads(string id, int count)
            : base(id)
        {
            for (var i = 1; i <= count; i++)
            {
                new Thread(Run) { IsBackground = true, Name = $"{id}-{i}" }.Start();
            }
        }

        public override void Execute(IRunnable run)
        {
            lock (_work)
            {
                if (_isShutDown)
                {
                    throw new RejectedExecutionException($"{Id} has been shut down");
                }

                _work.Enqueue(run);
                Monitor.Pulse(_work);
            }
        }

        public override void Shutdown()
        {
            lock (_work)
            {
                _isShutDown = true;
                Monitor.PulseAll(_work);
            }
        }

        private void Run()
        {
            while (true)
            {
                IRunnable? run;
                lock (_work)
                {
                    while (!_work.TryDequeue(out run))
                    {
                        if (_isShutDown)
                        {
                            return;
                        }

                        Monitor.Wait(_work);
                    }
                }

                // A mailbox keeps its actors' exceptions to itself; what comes out here is a fault of the process.
                run.Run();
            }
        }
    }
}
