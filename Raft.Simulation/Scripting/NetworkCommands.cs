using Raft.Actors.Model;
using Raft.Actors.Protocol;

namespace Raft.Simulation.Scripting;

/// <summary>What befalls links.</summary>
internal static class NetworkCommands
{
    public static ScenarioCommand[] All { get; } =
    [
        new("partition SERVER ... | SERVER ... [| ...]", Partition),
        new("heal", static (world, _) => world.Cluster.Network.MendAll()),
        new("drop FROM->TO [MESSAGE [from INDEX]]", Drop),
        new("delay FROM->TO TIME", static (world, words) =>
        {
            var links = TakeLinks(world, words);
            var time = words.TakeTime();
            foreach (var (from, to) in links)
            {
                world.Cluster.Network.Delay(from, to, time);
            }
        }),
    ];

    /// <summary>Servers that are not named stand alone.</summary>
    private static void Partition(ScenarioWorld world, ScenarioWords words)
    {
        var groups = string.Join(' ', words.TakeRest()).Split('|')
            .Select(side => side.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => world.Server((int)words.ToNumber(word, "a server's number"), words.Line).Id).ToArray())
            .ToArray();
        world.Cluster.Network.MendAll();
        foreach (var from in world.Cluster.Servers)
        {
            foreach (var to in world.Cluster.Servers)
            {
                if (from != to && !groups.Any(group => group.Contains(from.Id) && group.Contains(to.Id)))
                {
                    world.Cluster.Network.Cut(from.Id, to.Id);
                }
            }
        }
    }

    /// <summary>Everything on a link, or messages of one kind, or AppendEntries that carry entries from some index on.</summary>
    private static void Drop(ScenarioWorld world, ScenarioWords words)
    {
        var links = TakeLinks(world, words);
        var kind = words.IsAtEnd ? null : words.Take("a message's name");
        if (kind is not null && !typeof(IPeerMessage).Assembly.GetTypes().Any(
            type => type.Name == kind && type.IsAssignableTo(typeof(IPeerMessage))))
        {
            throw words.Line.Error($"there is no message {kind} between servers");
        }

        var index = words.TakeIf("from") ? words.TakeNumber("an index") : 0;
        foreach (var (from, to) in links)
        {
            if (kind is null)
            {
                world.Cluster.Network.Cut(from, to);
            }
            else
            {
                world.Cluster.Network.Drop(from, to, message =>
                    message.GetType().Name == kind
                        && (index == 0 || (message is AppendEntries { Entries: [.., var last] } && last.Index >= index)));
            }
        }
    }

    private static IReadOnlyList<(ServerId From, ServerId To)> TakeLinks(ScenarioWorld world, ScenarioWords words)
    {
        var ends = words.Take("a link").Split("->");
        if (ends.Length != 2)
        {
            throw words.Line.Error("a link is written as 1->2, 1->* or *->2");
        }

        return
        [
            .. from one in Servers(ends[0])
               from other in Servers(ends[1])
               where one != other
               select (one, other),
        ];

        IEnumerable<ServerId> Servers(string end) =>
            end == "*"
                ? world.Cluster.Servers.Select(static server => server.Id)
                : [world.Server((int)words.ToNumber(end, "a server's number"), words.Line).Id];
    }
}
