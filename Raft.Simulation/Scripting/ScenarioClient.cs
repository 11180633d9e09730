using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Clients;
using Raft.Simulation.Cluster;
using Raft.Simulation.Network;
using Raft.Simulation.Registers;
using Raft.Simulation.Servers;
using Raft.Simulation.World;

namespace Raft.Simulation.Scripting;

/// <summary>What a scenario asked, and what it was told.</summary>
internal sealed class Asked(string name, string text, IRaftRequest request)
{
    public string Name => name;

    public string Text => text;

    public IRaftRequest Request => request;

    public object? Answer { get; set; }

    /// <summary>The value that the answer carries: what a read saw, or what a command found before it.</summary>
    public long? Value { get; set; }
}

/// <summary>Asks for the scenario, and keeps the history that must be linearizable in the end.</summary>
internal sealed class ScenarioClient(SimulatedWorld world, SimulatedCluster cluster, History history)
{
    private readonly List<Asked> _asked = [];
    private readonly HashSet<(int Key, long Value)> _written = [];

    public History History => history;

    public Asked? Last => _asked.LastOrDefault();

    public Asked? Named(string name) => _asked.FindLast(asked => asked.Name == name);

    /// <summary>
    /// Has a value written, by a command of a session where one is named. Answers false where it was written before: then the
    /// history could not be checked.
    /// </summary>
    public bool Write(SimulatedServer server, string name, int key, long value, CommandSession? session = null)
    {
        if (value == 0 || !_written.Add((key, value)))
        {
            return false;
        }

        var operation = history.Call(_asked.Count + 1, OperationKind.Write, key, 0, value);
        Ask(
            server,
            name,
            new Apply(new RegisterCommand(operation.Id, OperationKind.Write, key, value, 0).ToBytes()) { Session = session },
            operation);
        return true;
    }

    public void Read(SimulatedServer server, string name, int key, ReadConsistency consistency) => Ask(
        server, name, new Read((ReadOnlyMemory<byte>)BitConverter.GetBytes(key), consistency),
        history.Call(_asked.Count + 1, OperationKind.Read, key, 0));

    /// <summary>Asks anything; where no operation stands for it, the answer is shown and enters no history.</summary>
    /// <param name="server">Who is asked.</param>
    /// <param name="name">What the answer is asked for by; may be empty.</param>
    /// <param name="request">The request.</param>
    /// <param name="operation">What it is in the history.</param>
    /// <param name="times">How often it is sent, by one who takes any number of answers. Once is answered once.</param>
    public void Ask(SimulatedServer server, string name, IRaftRequest request, Operation? operation = null, long times = 1)
    {
        var id = operation?.Id ?? history.NextId();
        var asked = new Asked(name, $"{request.GetType().Name} to {server.Id}", request);
        var acknowledged = history.LastAcknowledged;
        _asked.Add(asked);
        var address = new ClientRef(world, cluster.Network, $"scenario-{id}", answer =>
        {
            if (asked.Answer is not null && times == 1)
            {
                history.Report($"{asked.Text} was answered twice: {MessageText.Of(asked.Answer)} and {MessageText.Of(answer)}");
            }

            asked.Answer = answer;
            asked.Value = ValueOf(answer);
            if (operation is not null)
            {
                Enter(operation, acknowledged, answer);
            }
            else if (answer is BootstrapPledged pledged)
            {
                cluster.Rules.CheckPledged(pledged);
            }
        }, () => history.Said(id));
        for (var sent = 0; sent < times; sent++)
        {
            cluster.Network.Request(server, request, address, life => history.Arrived(id, life, request));
        }
    }

    private void Enter(Operation operation, long acknowledgedBefore, object answer)
    {
        switch (answer)
        {
            case Applied applied:
                history.Acknowledge(operation, applied.Index, applied.Term, ValueOf(answer)!.Value);
                break;
            case ReadResult result when result.Index < acknowledgedBefore:
                history.Report(
                    $"{operation} was answered from entry {result.Index}, but entry {acknowledgedBefore} was acknowledged "
                        + $"before it was called");
                break;
            case ReadResult:
                history.Return(operation, ValueOf(answer)!.Value);
                break;
            case RaftFailure { Outcome: Outcome.NotDone }:
                history.Fail(operation);
                break;
        }
    }

    private static long? ValueOf(object answer) => answer switch
    {
        Applied { Result: { } result } => Number(result),
        ReadResult { Result: { } result } => Number(result),
        _ => null,
    };

    private static long Number(object result) =>
        BitConverter.ToInt64(result is byte[] bytes ? bytes : ((ReadOnlyMemory<byte>)result).Span);
}
