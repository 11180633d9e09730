using Akka.Actor;
using Akka.Configuration;
using Raft.Actors.Hosting;
using Raft.Actors.Protocol;
using Raft.Actors.Settings;
using Raft.Actors.StateMachine;
using Raft.Actors.Storage;

namespace Raft.Tests.Documentation;

/// <summary>The README's example; the test beside it keeps the two the same and runs it.</summary>
public static class CounterExample
{
    // README: state machine
    public sealed class Counter : IStateMachine
    {
        private long _value;

        // Answer a command that you cannot take, and never throw: every replica would stop at it.
        public object? Apply(in Command command) => command.Bytes.Length == sizeof(int)
            ? _value += BitConverter.ToInt32(command.Bytes.Span)
            : "refused: a command is four bytes";

        public object? Query(object query) => _value;

        public IStateMachineSnapshot TakeSnapshot() =>
            new StreamSnapshot(stream => new BinaryWriter(stream).Write(_value));

        public IStateMachineRestore BeginRestore() =>
            new StreamRestore(stream => _value = new BinaryReader(stream).ReadInt64());
    }

    // README: end
    public static async Task<long> RunAsync(string hocon)
    {
        // README: start and apply
        var config = ConfigurationFactory.ParseString(hocon).WithFallback(RaftRemoting.Defaults);
        var settings = RaftSettings.Create(config);

        // Takes the journal's lock, checks that its commits are fsynced, and sets up the Akka.Persistence plugins.
        var storage = RaftStorage.Open(config);
        var system = ActorSystem.Create("raft", storage.Apply(BootstrapSetup.Create().WithConfig(config)));
        storage.ReleaseWith(system);

        IActorRef raft = RaftExtension.Get(system).Start(settings, () => new Counter());

        var add = new Apply(BitConverter.GetBytes(5));
        var answer = await raft.Ask<object>(add, TimeSpan.FromSeconds(5));
        while (answer is RaftFailure { Outcome: Outcome.NotDone, IsPermanent: false } refusal)
        {
            // Certainly not done, and worth another try: no leader yet, another node leads, too much at once.
            Console.WriteLine(refusal.Message);
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            answer = await raft.Ask<object>(add, TimeSpan.FromSeconds(5));
        }

        Console.WriteLine(answer switch
        {
            Applied done => $"done, at index {done.Index}: the counter is {done.Result}",
            RaftFailure failure => $"{failure.Outcome}: {failure.Message}",
            _ => throw new InvalidOperationException($"unexpected: {answer}"),
        });

        var read = await raft.Ask<object>(new Read(ReadOnlyMemory<byte>.Empty), TimeSpan.FromSeconds(5));

        // README: end
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        return answer is Applied && read is ReadResult { Result: long value }
            ? value
            : throw new InvalidOperationException($"{answer}, {read}");
    }
}
