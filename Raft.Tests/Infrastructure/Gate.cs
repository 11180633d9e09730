using Xunit;

namespace Raft.Tests.Infrastructure;

/// <summary>Holds whoever comes while a test keeps it closed.</summary>
public sealed class Gate
{
    private readonly object _lock = new();
    private bool _isClosed;
    private int _waiting;

    /// <summary>How many wait before it.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting;
            }
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _isClosed = false;
            Monitor.PulseAll(_lock);
        }
    }

    public void Pass()
    {
        lock (_lock)
        {
            _waiting++;
            while (_isClosed)
            {
                Assert.True(Monitor.Wait(_lock, TimeSpan.FromSeconds(60)), "the test forgot to open its gate");
            }

            _waiting--;
        }
    }
}
