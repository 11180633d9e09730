using System.Collections.Immutable;
using Akka.Configuration;
using Akka.Configuration.Hocon;

namespace Raft.Actors.Settings;

/// <summary>A key of a configuration that no setting has.</summary>
/// <param name="Key">The key, as in <c>raft.hartbeat-timeout</c>.</param>
/// <param name="Nearest">The known key that is most like it; the same key, if it is a section and was given a value.</param>
public sealed record UnknownKey(string Key, string Nearest)
{
    /// <inheritdoc />
    public override string ToString() => Key == Nearest
        ? $"{Key} is a section, and its value would be passed over; write {Key} {{ … }}"
        : $"{Key} is no setting; the nearest is {Nearest}";
}

/// <summary>Finds misspelt settings: keys that the reference does not have.</summary>
public static class ConfigurationKeys
{
    /// <summary>
    /// Sections of <c>raft</c> with more keys than reference.conf shows: dispatchers and mailboxes, which are Akka's, and the
    /// servers' certificates.
    /// </summary>
    private static readonly ImmutableArray<string> Free =
        ["raft.node-dispatcher", "raft.state-machine-dispatcher", "raft.intake-mailbox", "raft.tls.servers"];

    /// <summary>What an element of <c>raft.servers</c> has. The reference's list is empty, and shows none.</summary>
    private static readonly ImmutableArray<string> OfServer = ["id", "address", "suffrage"];

    /// <summary>
    /// Finds the keys below <c>raft</c> that reference.conf does not have. A section with a <c>type</c>, <c>executor</c> or
    /// <c>mailbox-type</c> counts as a dispatcher or mailbox of the application, and may have any key.
    /// </summary>
    public static ImmutableArray<UnknownKey> UnknownIn(Config config) =>
        Unknown(config, RaftSettings.DefaultConfig(), "raft", Free).AddRange(UnknownInServers(config));

    private static IEnumerable<UnknownKey> UnknownInServers(Config config)
    {
        var servers = config.HasPath("raft.servers") ? config.GetValue("raft.servers") : null;
        if (servers is null || !servers.IsArray())
        {
            return [];
        }

        return servers.GetArray().Select(static (server, place) => (Server: server, Path: $"raft.servers[{place}]"))
            .Where(static element => element.Server.IsObject())
            .SelectMany(static element => element.Server.GetObject().Items.Keys
                .Where(static key => !OfServer.Contains(key))
                .Select(key => new UnknownKey(
                    $"{element.Path}.{key}",
                    $"{element.Path}.{OfServer.MinBy(candidate => Edits(key, candidate))}")));
    }

    /// <summary>Finds the keys of a section that its reference does not have.</summary>
    /// <param name="config">What is looked at.</param>
    /// <param name="reference">All keys that there are.</param>
    /// <param name="section">The section's name, at the top.</param>
    /// <param name="free">Sections that may hold any key.</param>
    public static ImmutableArray<UnknownKey> Unknown(Config config, Config reference, string section, ImmutableArray<string> free)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(reference);
        if (!config.HasPath(section) || !config.GetValue(section).IsObject())
        {
            return [];
        }

        var known = reference.GetValue(section).GetObject();
        var unknown = new List<string>();
        Collect(config.GetValue(section).GetObject(), known, section, free, unknown);
        if (unknown.Count == 0)
        {
            return [];
        }

        // A section that was given a value is its own nearest.
        var all = Paths(known, section, free).ToArray();
        return [.. unknown.Select(key =>
            new UnknownKey(key, all.MinBy(candidate => (Distance(key, candidate), candidate.Length))!))];
    }

    private static void Collect(
        HoconObject given, HoconObject known, string prefix, ImmutableArray<string> free, List<string> unknown)
    {
        foreach (var (name, value) in given.Items)
        {
            var path = $"{prefix}.{name}";
            if (free.Contains(path))
            {
                continue;
            }

            if (!known.Items.TryGetValue(name, out var reference))
            {
                if (!value.IsObject() || !IsOfAkka(value.GetObject()))
                {
                    unknown.Add(path);
                }
            }
            else if (reference.IsObject() && value.IsObject())
            {
                Collect(value.GetObject(), reference.GetObject(), path, free, unknown);
            }
            else if (reference.IsObject())
            {
                unknown.Add(path);
            }
        }
    }

    private static bool IsOfAkka(HoconObject section) =>
        section.Items.ContainsKey("type") || section.Items.ContainsKey("executor") || section.Items.ContainsKey("mailbox-type");

    private static IEnumerable<string> Paths(HoconObject section, string prefix, ImmutableArray<string> free) =>
        section.Items.SelectMany(item =>
        {
            var path = $"{prefix}.{item.Key}";
            return item.Value.IsObject() && !free.Contains(path)
                ? Paths(item.Value.GetObject(), path, free).Prepend(path)
                : [path];
        });

    /// <summary>How many letters differ. A key that stands in the wrong section counts as near.</summary>
    private static int Distance(string key, string candidate)
    {
        var whole = Edits(key, candidate);
        var last = Edits(key[(key.LastIndexOf('.') + 1)..], candidate[(candidate.LastIndexOf('.') + 1)..]);
        return Math.Min(whole, last + 2);
    }

    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, replaced));
            }
        }

        return row[^1];
    }
}
