using System.Collections;
using System.Globalization;
using System.Reflection;
using Akka.Configuration.Hocon;
using Raft.Actors.Settings;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Node;

/// <summary>reference.conf and the settings records say the same: no key that nobody reads, no setting without a key.</summary>
public sealed class ReferenceConfTests
{
    private static readonly string[] NotSettings =
        ["door.", "tls.", "storage.", "node-dispatcher.", "intake-mailbox.", "state-machine-dispatcher.", "types"];

    [Fact]
    public void The_defaults_are_those_of_the_records()
    {
        var (read, made) = (Values(RaftSettingsTests.Read("")), Values(
            new RaftSettings { Group = "default", ServerId = Server1 }));
        Assert.Equal(made.Keys, read.Keys);
        Assert.Equal(made, read);
    }

    [Fact]
    public void Every_key_is_a_setting_and_every_setting_has_a_key()
    {
        var keys = Keys(RaftSettings.DefaultConfig().GetValue("raft").GetObject(), "")
            .Where(static key => !NotSettings.Any(part => key.StartsWith(part, StringComparison.Ordinal)));
        var settings = Values(new RaftSettings { Group = "default", ServerId = Server1 }).Keys;
        Assert.Equal(settings.Order(), keys.Order());
    }

    /// <summary>
    /// Each key is given another value than its default, one at a time: its setting follows, and no other does.
    /// </summary>
    [Fact]
    public void Every_key_is_read_into_its_setting()
    {
        var before = Values(RaftSettingsTests.Read(""));
        foreach (var (name, value) in before)
        {
            var (hocon, expected) = Another(name, value);
            var after = Values(RaftSettingsTests.Read($"raft.{name} = {hocon}"));
            Assert.Equal(expected, after[name]);
            Assert.All(before.Keys.Where(other => other != name), other => Assert.Equal(before[other], after[other]));
        }
    }

    private static (string Hocon, object Expected) Another(string name, object value) => (name, value) switch
    {
        ("server-id", _) => ("n7", "n7"),
        ("servers", _) => ("""[{ id = n7, address = "akka.tcp://raft@n7:1" }]""", "n7@akka.tcp://raft@n7:1"),
        ("discovery.join-as", _) => ("nonvoter", "Nonvoter"),
        ("apply-on-follower", _) => ("forward", "Forward"),
        ("leader-lease-timeout", TimeSpan span) => ("501ms", span + Milliseconds(1)),
        ("heartbeat-timeout", TimeSpan span) => ("999ms", span - Milliseconds(1)),
        (_, TimeSpan span) =>
            ($"{(span + Milliseconds(1)).TotalMilliseconds.ToString(CultureInfo.InvariantCulture)}ms", span + Milliseconds(1)),
        (_, long number) => ((number + 1).ToString(CultureInfo.InvariantCulture), number + 1),
        (_, bool flag) => (flag ? "off" : "on", !flag),
        (_, string) => ("other", "other"),
        _ => throw new InvalidOperationException($"{name} has a {value.GetType()}"),
    };

    /// <summary>The settings by the keys that their names stand for.</summary>
    private static SortedDictionary<string, object> Values(RaftSettings settings)
    {
        var values = new SortedDictionary<string, object>(StringComparer.Ordinal);
        Add(settings, "");
        return values;

        void Add(object record, string prefix)
        {
            foreach (var property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(
                static property => property.CanWrite))
            {
                var value = property.GetValue(record)!;
                var key = prefix + Key(property.Name);
                if (value is MembershipSettings or DiscoverySettings or ReplicationSettings or IntakeSettings or JournalSettings
                    or ReadSettings or SessionSettings or SnapshotSettings or WatchSettings)
                {
                    Add(value, key + ".");
                }
                else
                {
                    values.Add(key, Plain(value));
                }
            }
        }
    }

    private static object Plain(object value) => value switch
    {
        TimeSpan or bool or long => value,
        int number => (long)number,
        string text => text,
        IEnumerable list => string.Join(';', list.Cast<object>()),
        Raft.Actors.Model.Configuration configuration => configuration.IsEmpty ? string.Empty : configuration.ToString(),
        _ => value.ToString()!,
    };

    private static string Key(string property) => property switch
    {
        nameof(RaftSettings.InitialConfiguration) => "servers",
        nameof(RaftSettings.RestartMinBackoff) => "restart.min-backoff",
        nameof(RaftSettings.RestartMaxBackoff) => "restart.max-backoff",
        nameof(RaftSettings.StateMachineDispatcher) => "state-machine.dispatcher",
        nameof(RaftSettings.StateMachineMaxBatchSize) => "state-machine.max-batch-size",
        _ => string.Concat(property.Select(static (letter, place) =>
            char.IsUpper(letter) ? $"{(place > 0 ? "-" : "")}{char.ToLowerInvariant(letter)}" : letter.ToString())),
    };

    private static IEnumerable<string> Keys(HoconObject section, string prefix) => section.Items.SelectMany(item =>
        item.Value.IsObject() ? Keys(item.Value.GetObject(), $"{prefix}{item.Key}.") : [prefix + item.Key]);
}
