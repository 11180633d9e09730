using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using Raft.Actors.Hosting;
using Raft.Actors.Settings;
using Xunit;

namespace Raft.Tests.Hosting;

/// <summary>What an application sets that would keep a group from ever having a leader is told at the start.</summary>
public sealed class OwnSerializerTests
{
    private const string Silent = "akka { loglevel = OFF, stdout-loglevel = OFF }";
    private static readonly string Foreign = typeof(ForeignSerializer).AssemblyQualifiedName!;

    [Fact]
    public Task Messages_of_one_process_must_not_be_serialized() =>
        RefusedAsync("akka.actor.serialize-messages = on", "akka.actor.serialize-messages = 'on'");

    [Fact]
    public Task A_serializer_with_the_librarys_name_is_refused() =>
        RefusedAsync($"akka.actor.serializers.raft = \"{Foreign}\"", $"raft = '{typeof(ForeignSerializer)}'");

    [Fact]
    public Task A_serializer_with_the_librarys_number_is_refused() =>
        RefusedAsync($"akka.actor.serializers.zz-foreign = \"{Foreign}\"", "Identifier 21057");

    [Fact]
    public async Task A_serializer_with_another_name_and_number_is_accepted()
    {
        using var system = ActorSystem.Create("own", ConfigurationFactory.ParseString(Silent));
        Assert.NotNull(RaftExtension.Get(system));
        await system.Terminate();
    }

    private static async Task RefusedAsync(string setting, string named)
    {
        using var system = ActorSystem.Create("foreign", ConfigurationFactory.ParseString($"{Silent}\n{setting}"));
        var refusal = Assert.Throws<RaftConfigurationException>(() => RaftExtension.Get(system));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    private sealed class ForeignSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
    {
        public override int Identifier => 21057;

        public override string Manifest(object o) => "x";

        public override byte[] ToBinary(object obj) => [];

        public override object FromBinary(byte[] bytes, string manifest) => throw new NotSupportedException(manifest);
    }
}
