using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Tests.Infrastructure;

/// <summary>
/// Writers that go on sending commands, each one's next after the answer to its last, and look for the leader where the
/// answers point. A server that is killed answers nothing; its clients then know nothing of their command.
/// </summary>
public sealed class TestLoad
{
    private readonly ActorSystem _system;
    private readonly Func<ImmutableArray<TestServer>> _servers;
    private readonly ConcurrentQueue<Inquiry> _sent = new();
    private readonly Task[] _writers;
    private volatile bool _isStopping;

    public TestLoad(ActorSystem system, Func<ImmutableArray<TestServer>> servers, int writers)
    {
        _system = system;
        _servers = servers;
        _writers = [.. Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteAsync(writer)))];
    }

    /// <summary>How many commands were acknowledged so far.</summary>
    public int Acknowledged => _sent.Count(static inquiry => inquiry.Outcome == Outcome.Done);

    /// <summary>Ends the load and returns all that was sent.</summary>
    public async Task<ImmutableArray<Inquiry>> StopAsync()
    {
        _isStopping = true;
        await Task.WhenAll(_writers);
        return [.. _sent];
    }

    private async Task WriteAsync(int writer)
    {
        var leader = default(ServerId);
        for (var number = 0; !_isStopping; number++)
        {
            var servers = _servers();
            var server = servers.FirstOrDefault(known => known.Id == leader) ?? servers[(writer + number) % servers.Length];
            var inquiry = new Inquiry(_system, server, $"w{writer}.{number}");
            _sent.Enqueue(inquiry);
            server.Supervisor.Tell(new Apply(ClusterTest.Bytes(inquiry.Command)), inquiry);
            await Task.WhenAny(inquiry.Answer, server.Gone);
            switch (inquiry.Answers.FirstOrDefault())
            {
                case Applied:
                    leader = server.Id;
                    break;
                case NotLeader { LeaderId.IsNone: false } elsewhere:
                    leader = elsewhere.LeaderId;
                    break;
                default:
                    // Nobody to send to just now: give an election the processor.
                    leader = default;
                    await Task.Delay(5);
                    break;
            }
        }
    }
}
