using Akka.Configuration;
using Akka.Hosting;
using Microsoft.AspNetCore.Builder;
using Raft.Actors;
using Raft.Actors.Client;

namespace Raft.Tests.Documentation;

/// <summary>The README's web host; the test beside it keeps the two the same and runs it.</summary>
public static class HostedCounterExample
{
    public static WebApplication Build(string hocon, string url)
    {
        // README: hosted
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddRaftClient().AddAkka("raft", akka =>
            akka.WithRaft(ConfigurationFactory.ParseString(hocon), () => new CounterExample.Counter()));

        var app = builder.Build();

        // A command: the client finds the leader, follows it, and tries again until the command is done. It is applied once.
        app.MapPost("/add/{number:int}", async (int number, IRaftGroup<byte[], long> counter) =>
            await counter.ApplyAsync(BitConverter.GetBytes(number)));

        // A read that shows every add that was answered before it began.
        app.MapGet("/", async (IRaftGroup<byte[], long> counter) =>
            await counter.ReadAsync<long>(ReadOnlyMemory<byte>.Empty));

        // README: end
        app.Urls.Add(url);
        return app;
    }
}
