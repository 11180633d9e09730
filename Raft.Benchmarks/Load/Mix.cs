namespace Raft.Benchmarks.Load;

/// <summary>Which of a client's requests are reads: a percentage of them, spread evenly.</summary>
internal sealed class Mix(int client, int percentReads)
{
    // Clients begin at different places, or all would write at once.
    private int _sum = client * 37 % 100;

    public bool NextIsRead()
    {
        _sum += percentReads;
        if (_sum < 100)
        {
            return false;
        }

        _sum -= 100;
        return true;
    }
}
