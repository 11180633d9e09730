using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Raft.Actors.Model;
using Raft.Actors.Replication;

namespace Raft.Benchmarks.Micro;

/// <summary>What a leader counts at each answer: the commit index, and the reads that a round has confirmed.</summary>
public class QuorumBenchmarks
{
    private const int Reads = 64;

    private ImmutableArray<ServerId> _servers;
    private Commitment _commitment = null!;
    private ReadIndexQueue<int> _reads = null!;
    private long _index;

    [Params(3, 7)]
    public int Servers { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _servers = [.. Enumerable.Range(1, Servers).Select(static number => new ServerId($"n{number}"))];
        _commitment = new Commitment(_servers, 1, 0);
        _reads = new ReadIndexQueue<int>(_servers[0]);
        _index = 0;
    }

    [Benchmark]
    public bool CountAnAnswer() => _commitment.Match(_servers[(int)(_index % Servers)], ++_index);

    [Benchmark]
    public int ConfirmReads()
    {
        for (var i = 0; i < Reads; i++)
        {
            _reads.Add(i);
        }

        var round = _reads.Begin();
        foreach (var server in _servers)
        {
            _reads.Answer(server, round);
        }

        return _reads.TakeConfirmed(_servers).Count;
    }
}
