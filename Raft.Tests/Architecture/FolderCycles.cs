namespace Raft.Tests.Architecture;

/// <summary>Finds the folders that use each other, straight or in a circle (the strongly connected components).</summary>
public static class FolderCycles
{
    /// <summary>Finds the cycles of a project.</summary>
    /// <returns>The folders of each cycle in order, with commas between; the project's own folder is <c>(root)</c>.</returns>
    public static IReadOnlyList<string> In(IEnumerable<FolderReference> references)
    {
        var uses = references.ToLookup(static reference => reference.From, static reference => reference.To);
        var reach = uses.ToDictionary(static folder => folder.Key, folder => Reached(folder.Key, uses));
        return [.. reach.Keys
            .Where(folder => reach[folder].Contains(folder))
            .Select(folder => string.Join(", ", reach[folder]
                .Where(other => reach.TryGetValue(other, out var back) && back.Contains(folder))
                .Select(static other => other.Length == 0 ? "(root)" : other)
                .Order(StringComparer.Ordinal)))
            .Distinct()
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>The folders that a folder uses, and those that they use, and so on.</summary>
    private static HashSet<string> Reached(string folder, ILookup<string, string> uses)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([folder]);
        while (open.TryPop(out var next))
        {
            foreach (var used in uses[next].Where(reached.Add))
            {
                open.Push(used);
            }
        }

        return reached;
    }
}
