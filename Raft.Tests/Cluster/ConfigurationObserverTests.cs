using System.Collections.Concurrent;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.StateMachine;
using Raft.Tests.Infrastructure;
using Xunit;
using Xunit.Abstractions;

namespace Raft.Tests.Cluster;

/// <summary>State machines that are told of configurations (hashicorp/raft's TestRaft_JoinNode_ConfigStore).</summary>
public sealed class ConfigurationObserverTests(ITestOutputHelper output) : MembershipTest(output)
{
    protected override IStateMachine StateMachineOf(ServerId server, ConcurrentQueue<string> applied) => new Observer(applied);

    [Fact]
    public async Task Each_configuration_comes_in_its_place_on_every_server()
    {
        await StartFirst();
        await Apply(await Leader(), "a");
        StartEmpty(2);
        await Change(new AddVoter(Id(2), AddressOf(2)));
        await Apply(await Leader(), "b");
        await Change(new DemoteVoter(Id(2)));
        await EveryoneApplied("[n1]", "a", "[n1 n2?]", "[n1 n2]", "b", "[n1 n2?]");

        // Again in its place when the log is applied anew.
        await StopAsync(this[1]);
        StartEmpty(1);
        await EveryoneApplied("[n1]", "a", "[n1 n2?]", "[n1 n2]", "b", "[n1 n2?]");
    }

    private sealed class Observer(ConcurrentQueue<string> applied) : IStateMachine, IConfigurationObserver
    {
        private readonly RecordingStateMachine _inner = new(applied);

        public object? Apply(in Command command) => _inner.Apply(in command);

        public object? Query(object query) => _inner.Query(query);

        public IStateMachineSnapshot TakeSnapshot() => _inner.TakeSnapshot();

        public IStateMachineRestore BeginRestore() => _inner.BeginRestore();

        public void OnConfiguration(long index, Raft.Actors.Model.Configuration configuration)
        {
            var members = configuration.Servers.Select(
                static member => member.Id + (member.Suffrage == Suffrage.Nonvoter ? "?" : string.Empty));
            applied.Enqueue($"{index}:[{string.Join(' ', members)}]");
        }
    }
}
