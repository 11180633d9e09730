using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Raft.Actors;
using Raft.Actors.Client;
using Xunit;

namespace Raft.Tests.Hosting;

/// <summary>The settings of Akka.Remote that a group heals by are there without being asked for, and give way to the application's own.</summary>
public sealed class RaftRemotingTests
{
    private static readonly RaftClientSettings Client = new() { Group = "g", Contacts = ["akka.tcp://raft@127.0.0.1:1"] };

    [Fact]
    public async Task Remoting_has_defaults_with_which_a_group_heals()
    {
        var remote = await RemoteAsync(static akka => akka.WithRaftClient(Client));
        Assert.False(remote.GetBoolean("use-passive-connections", true));
        Assert.Equal(TimeSpan.FromMilliseconds(500), remote.GetTimeSpan("retry-gate-closed-for"));
        Assert.Equal(TimeSpan.FromSeconds(10), remote.GetTimeSpan("transport-failure-detector.acceptable-heartbeat-pause"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_applications_settings_of_remoting_stay(bool before)
    {
        const string own = "akka.remote.use-passive-connections = on";
        var remote = await RemoteAsync(akka => _ = before
            ? akka.AddHocon(own, HoconAddMode.Prepend).WithRaftClient(Client)
            : akka.WithRaftClient(Client).AddHocon(own, HoconAddMode.Prepend));
        Assert.True(remote.GetBoolean("use-passive-connections"));
        Assert.Equal(TimeSpan.FromMilliseconds(500), remote.GetTimeSpan("retry-gate-closed-for"));
    }

    private static async Task<Akka.Configuration.Config> RemoteAsync(Action<AkkaConfigurationBuilder> configure)
    {
        using var host = Microsoft.Extensions.Hosting.Host.CreateDefaultBuilder().ConfigureServices(services => services.AddAkka("raft", akka =>
        {
            akka.AddHocon("akka { actor.provider = remote, remote.dot-netty.tcp { hostname = \"127.0.0.1\", port = 0 } }", HoconAddMode.Prepend);
            configure(akka);
        })).Build();
        await host.StartAsync();
        var remote = host.Services.GetRequiredService<ActorSystem>().Settings.Config.GetConfig("akka.remote");
        await host.StopAsync();
        return remote;
    }
}
