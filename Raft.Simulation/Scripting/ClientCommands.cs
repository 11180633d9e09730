using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Registers;

namespace Raft.Simulation.Scripting;

/// <summary>
/// What clients ask. A request may have a name, by which its answer is asked for later: <c>propose 1 x=5 as a</c>.
/// </summary>
internal static class ClientCommands
{
    public static ScenarioCommand[] All { get; } =
    [
        new("propose SERVER REGISTER=VALUE [in SESSION NUMBER [from NUMBER]] [as NAME]", Propose),
        new("poison SERVER [in SESSION NUMBER] [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            var session = words.TakeIf("in") ? TakeSession(world, words) : null;
            var command = new RegisterCommand(world.Client.History.NextId(), OperationKind.Poison, 0, 0, 0);
            world.Client.Ask(server, TakeName(words), new Apply(command.ToBytes()) { Session = session });
        }),
        new("skip INDEX TERM [as NAME]", static (world, words) =>
        {
            var skip = new SkipEntry(words.TakeNumber("an index"), words.TakeNumber("a term"));
            var leader = world.Cluster.Leader ?? throw words.Line.Error("there is no leader to ask");
            world.Client.Ask(leader, TakeName(words), skip);
        }),
        new("again NAME at SERVER [as NAME]", static (world, words) =>
        {
            var first = Named(world, words);
            words.Expect("at");
            var server = world.Server(words.TakeServer(), words.Line);
            world.Client.Ask(server, TakeName(words), first.Request);
        }),
        new("session SERVER [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            world.Client.Ask(server, TakeName(words), new RegisterSession());
        }),
        new("pledge SERVER to SERVER [times NUMBER] [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            words.Expect("to");
            var coordinator = world.Server(words.TakeServer(), words.Line);
            var times = words.TakeIf("times") ? words.TakeNumber("how often") : 1;
            world.Client.Ask(
                server, TakeName(words), new PledgeBootstrap(coordinator.Id, world.Cluster.Configuration), times: times);
        }),
        new("bootstrap SERVER [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            world.Client.Ask(server, TakeName(words), new Bootstrap(world.Cluster.Configuration));
        }),
        new("read SERVER REGISTER [as NAME]", ReadCommand(ReadConsistency.Linearizable)),
        new("follower-read SERVER REGISTER [as NAME]", ReadCommand(ReadConsistency.Follower)),
        new("lease-read SERVER REGISTER [as NAME]", ReadCommand(ReadConsistency.Lease)),
        new("stale-read SERVER REGISTER [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            var query = (ReadOnlyMemory<byte>)BitConverter.GetBytes(KeyOf(words.Take("a register"), words.Line));
            world.Client.Ask(server, TakeName(words), new Read(query, ReadConsistency.Stale));
        }),
        new("verify SERVER [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            world.Client.Ask(server, TakeName(words), new VerifyLeader());
        }),
        new("shutdown SERVER [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            world.Client.Ask(server, TakeName(words), new Shutdown());
        }),
        new("snapshot SERVER [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            world.Client.Ask(server, TakeName(words), new TakeSnapshot());
        }),
        new("transfer SERVER [to SERVER] [as NAME]", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            var to = words.TakeIf("to") ? world.Server(words.TakeServer(), words.Line).Id : default;
            world.Client.Ask(server, TakeName(words), new TransferLeadership(to));
        }),
        new("change SERVER add SERVER | add-nonvoter SERVER | demote SERVER | remove SERVER [force] [as NAME]", Change),
    ];

    /// <summary>Registers are the letters a to z.</summary>
    public static int KeyOf(string register, ScenarioLine line) =>
        register is [>= 'a' and <= 'y'] ? register[0] - 'a' : throw line.Error($"'{register}' is no register: they are a to y");

    private static void Propose(ScenarioWorld world, ScenarioWords words)
    {
        var server = world.Server(words.TakeServer(), words.Line);
        var parts = words.Take("what to write").Split('=');
        if (parts.Length != 2)
        {
            throw words.Line.Error("what to write looks like x=5");
        }

        var value = words.ToNumber(parts[1], "the value");
        var session = words.TakeIf("in") ? TakeSession(world, words) : null;
        if (!world.Client.Write(server, TakeName(words), KeyOf(parts[0], words.Line), value, session))
        {
            throw words.Line.Error("a value other than 0 may be written once: else nobody could tell whose it is");
        }
    }

    /// <summary>A read that must see all that was acknowledged before it.</summary>
    private static Action<ScenarioWorld, ScenarioWords> ReadCommand(ReadConsistency consistency) => (world, words) =>
    {
        var server = world.Server(words.TakeServer(), words.Line);
        var key = KeyOf(words.Take("a register"), words.Line);
        world.Client.Read(server, TakeName(words), key, consistency);
    };

    /// <summary>Asks a server for a change of the configuration.</summary>
    private static void Change(ScenarioWorld world, ScenarioWords words)
    {
        var asked = world.Server(words.TakeServer(), words.Line);
        var change = words.Take("add, add-nonvoter, demote or remove");
        var server = world.Server(words.TakeServer(), words.Line);
        var force = words.TakeIf("force");
        world.Client.Ask(asked, TakeName(words), change switch
        {
            "add" => new AddVoter(server.Id, server.Address) { Force = force },
            "add-nonvoter" => new AddNonvoter(server.Id, server.Address) { Force = force },
            "demote" => new DemoteVoter(server.Id) { Force = force },
            "remove" => new RemoveServer(server.Id) { Force = force },
            _ => throw words.Line.Error($"'{change}' is no change: there are add, add-nonvoter, demote and remove"),
        });
    }

    /// <summary>A command's number in a session, and the lowest number that its client still waits for.</summary>
    private static CommandSession TakeSession(ScenarioWorld world, ScenarioWords words)
    {
        var session = Named(world, words);
        var number = words.TakeNumber("the command's number");
        return session.Answer is SessionRegistered registered
            ? new CommandSession(
                registered.SessionId, number, words.TakeIf("from") ? words.TakeNumber("a command's number") : number)
            : throw words.Line.Error($"there is no such session: {ScenarioFact.Text(session)}");
    }

    private static Asked Named(ScenarioWorld world, ScenarioWords words) =>
        world.Client.Named(words.Take("a name")) ?? throw words.Line.Error("nothing of that name was asked");

    private static string TakeName(ScenarioWords words) => words.TakeIf("as") ? words.Take("a name") : string.Empty;
}
