using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Simulation.Cluster;
using Raft.Simulation.Servers;

namespace Raft.Simulation.Scripting;

/// <summary>A fact about the world, as <c>expect</c> and <c>await</c> name it.</summary>
/// <param name="Usage">How it is written; its first word is its name.</param>
/// <param name="Read">
/// Takes the words and answers with a check, which says what is so instead, or null where the fact holds.
/// </param>
internal sealed record ScenarioFact(string Usage, Func<ScenarioWorld, ScenarioWords, Func<string?>> Read)
{
    public string Name => Usage.Split(' ')[0];

    public static IReadOnlyList<ScenarioFact> All { get; } =
    [
        new("leader SERVER [term TERM] | leader none", LeaderFact),
        new("role SERVER ROLE", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            var role = words.Take("a role");
            return () => Is(role, RoleOf(server));
        }),
        new(
            "term SERVER = TERM",
            NumberFact(static (_, server) => SimulatedCluster.Observe(server)?.Term ?? server.Disk.Durable.Term)),
        new("committed SERVER = INDEX", NumberFact(static (_, server) => SimulatedCluster.Observe(server)?.CommitIndex)),
        new("applied SERVER = INDEX", NumberFact(static (_, server) => SimulatedCluster.Observe(server)?.LastApplied)),
        new("stopped SERVER = INDEX", NumberFact(static (_, server) => SimulatedCluster.Observe(server)?.StoppedAt)),
        new("compacted SERVER = INDEX", NumberFact(static (_, server) => SimulatedCluster.Observe(server)?.Log.BaseIndex)),
        new(
            "version SERVER = VERSION",
            NumberFact(static (_, server) => SimulatedCluster.Observe(server)?.Configuration.StateMachineVersion)),
        new("snapshots SERVER = COUNT", NumberFact(static (_, server) => server.Disk.Snapshots.Count)),
        new("voters SERVER = SERVER SERVER ...", VotersFact),
        new("log SERVER = TERM TERM ...", TermsFact(static server => SimulatedCluster.Observe(server) is { Log: var log }
            ? Enumerable.Range(1, (int)log.LastIndex).Select(index => log.TermAt(index)!.Value)
            : null)),
        new("disk SERVER = TERM TERM ...", TermsFact(static server =>
            Enumerable.Range(1, (int)server.Disk.Durable.LastIndex).Select(index => server.Disk.Durable.TermAt(index)!.Value))),
        new("vote SERVER = SERVER | none", static (world, words) =>
        {
            var server = world.Server(words.TakeServer(), words.Line);
            words.Expect("=");
            var candidate = words.TakeIf("none") ? default : world.Server(words.TakeServer(), words.Line).Id;
            return () => Is(NameOf(candidate), NameOf(server.Disk.Durable.VoteIn(server.Disk.Durable.Term)));
        }),
        new("logs equal", static (world, words) =>
        {
            words.Expect("equal");
            return () => world.Cluster.Servers.Select(
                static server => SimulatedCluster.Observe(server)?.Log is { } log ? (log.LastIndex, log.LastTerm) : (-1, -1))
                .Distinct().Count() == 1 ? null : "they differ";
        }),
        new("state SERVER REGISTER=VALUE ...", StateFact),
        new("answer [NAME] = none | VALUE | MESSAGE | done | not-done | unknown", AnswerFact),
    ];

    private static Func<string?> LeaderFact(ScenarioWorld world, ScenarioWords words)
    {
        if (words.TakeIf("none"))
        {
            return () => world.Cluster.Leader is { } one ? $"{one.Id} leads" : null;
        }

        var server = world.Server(words.TakeServer(), words.Line);
        var term = words.TakeIf("term") ? words.TakeNumber("a term") : (long?)null;
        return () => SimulatedCluster.Observe(server) is not { Role: RaftRole.Leader } state ? $"{server.Id} is {RoleOf(server)}"
            : term is { } wanted && state.Term != wanted ? $"it leads term {state.Term}"
            : null;
    }

    private static Func<ScenarioWorld, ScenarioWords,
    Func<string?>> NumberFact(Func<ScenarioWorld, SimulatedServer, long?> value) =>
        (world, words) =>
    {
        var server = world.Server(words.TakeServer(), words.Line);
        var isAtLeast = words.TakeIf(">=");
        if (!isAtLeast)
        {
            words.Expect("=");
        }

        var wanted = words.TakeNumber("a number");
        return () => value(world, server) is not { } found ? $"{server.Id} is {RoleOf(server)}"
            : found == wanted || (isAtLeast && found > wanted) ? null
            : $"it is {found}";
    };

    private static Func<ScenarioWorld, ScenarioWords, Func<string?>> TermsFact(Func<SimulatedServer, IEnumerable<long>?> terms) =>
        (world, words) =>
    {
        var server = world.Server(words.TakeServer(), words.Line);
        words.Expect("=");
        var wanted = string.Join(' ', words.TakeNumbers("a term"));
        return () => terms(server) is not { } found ? $"{server.Id} is {RoleOf(server)}" : Is(wanted, string.Join(' ', found));
    };

    private static Func<string?> StateFact(ScenarioWorld world, ScenarioWords words)
    {
        var server = world.Server(words.TakeServer(), words.Line);
        var wanted = words.TakeRest().Select(word => word.Split('=')).Select(parts => parts.Length == 2
            ? (Register: parts[0], Key: ClientCommands.KeyOf(parts[0], words.Line), Value: words.ToNumber(parts[1], "the value"))
            : throw words.Line.Error("a register's state looks like x=5")).ToArray();
        return () =>
        {
            if (server.StateMachine is not { } machine || !server.IsUp)
            {
                return $"{server.Id} is {RoleOf(server)}";
            }

            var others = wanted.Where(register => machine.ValueOf(register.Key) != register.Value).ToArray();
            return others.Length == 0
                ? null
                : string.Join(' ', others.Select(register => $"{register.Register}={machine.ValueOf(register.Key)}"));
        };
    }

    private static Func<string?> VotersFact(ScenarioWorld world, ScenarioWords words)
    {
        var server = world.Server(words.TakeServer(), words.Line);
        words.Expect("=");
        var wanted = string.Join(
            ' ', words.TakeNumbers("a server's number").Select(number => world.Server((int)number, words.Line).Id));
        return () => SimulatedCluster.Observe(server) is { } state
            ? Is(wanted, string.Join(' ', state.Configuration.Voters))
            : $"{server.Id} is {RoleOf(server)}";
    }

    private static Func<string?> AnswerFact(ScenarioWorld world, ScenarioWords words)
    {
        var name = words.TakeIf("=") ? null : words.Take("a name");
        if (name is not null)
        {
            words.Expect("=");
        }

        var wanted = words.Take("an answer");
        var asked = (name is null ? world.Client.Last : world.Client.Named(name))
            ?? throw words.Line.Error("nothing of that name was asked");
        return () => wanted switch
        {
            "none" => asked.Answer is null ? null : Text(asked),
            "done" => asked.Answer is null or RaftFailure ? Text(asked) : null,
            "not-done" => asked.Answer is RaftFailure { Outcome: Outcome.NotDone } ? null : Text(asked),
            "unknown" => asked.Answer is RaftFailure { Outcome: Outcome.Unknown } ? null : Text(asked),
            _ when long.TryParse(wanted, out var value) => asked.Value == value ? null : Text(asked),
            _ => asked.Answer?.GetType().Name == wanted ? null : Text(asked),
        };
    }

    public static string Text(Asked asked) =>
        asked.Answer is null
            ? "there is no answer"
            : $"it is {Network.MessageText.Of(asked.Answer)}{(asked.Value is { } value ? $" with {value}" : string.Empty)}";

    private static string? Is(string wanted, string found) => wanted == found ? null : $"it is {found}";

    private static string RoleOf(SimulatedServer server) =>
        SimulatedCluster.Observe(server) is { } state ? state.Role.ToString() : server.IsUp ? "Recovering" : "down";

    private static string NameOf(ServerId server) => server.IsNone ? "none" : server.Value;
}

/// <summary>Holds facts against the world.</summary>
internal static class ExpectCommands
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public static ScenarioCommand[] All { get; } =
    [
        new("expect FACT", static (world, words) =>
        {
            if (Take(world, words)() is { } other)
            {
                throw words.Line.Error($"{other}; {StateText.Of(world)}");
            }
        }),
        new("await FACT", static (world, words) =>
        {
            var check = Take(world, words);
            if (!world.Advance(LongestWait, () => check() is null) && world.Cluster.Rules.Violations.Count == 0)
            {
                throw words.Line.Error($"after {LongestWait.TotalSeconds} s {check()}; {StateText.Of(world)}");
            }
        }),
    ];

    private static Func<string?> Take(ScenarioWorld world, ScenarioWords words)
    {
        var name = words.Take("a fact");
        var fact = ScenarioFact.All.FirstOrDefault(fact => fact.Name == name)
            ?? throw words.Line.Error(
                $"'{name}' is no fact: there are {string.Join(", ", ScenarioFact.All.Select(static fact => fact.Name))}");
        var check = fact.Read(world, words);
        words.ExpectEnd();
        return check;
    }
}

/// <summary>The group at a glance.</summary>
internal static class StateText
{
    public static string Of(ScenarioWorld world) => string.Join("  ", world.Cluster.Servers.Select(static server =>
        SimulatedCluster.Observe(server) is { } state
            ? $"{server.Id} {state.Role} t{state.Term} {state.Log.LastIndex}/{state.Log.LastTerm} c{state.CommitIndex}"
            : $"{server.Id} {(server.IsUp ? "reads its journal" : "down")}"));
}
