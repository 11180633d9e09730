using Akka.Actor;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Hosting.Door;

/// <summary>
/// What passes the door, for the group needs it, and makes no sense or is nobody's right: over the real Akka.Remote.
/// </summary>
public sealed class StrangersTests() : DoorTest(Sizes)
{
    private const string Sizes = "maximum-frame-size = 9MiB, send-buffer-size = 9MiB, receive-buffer-size = 9MiB";

    /// <summary>Akka.Remote writes a line with the exception for each message that cannot be read, to whomever it goes.</summary>
    [Fact]
    public async Task Malformed_messages_give_a_line_a_kind_however_many_there_are()
    {
        const int Each = 500;
        await StartAsync();
        string[] manifests = ["p.ae", "p.vr", "p.new\u001b[2J", "r.a", "r.new", "f.un"];
        foreach (var path in new[] { "/user/raft-g", "/user/raft-g/node", "/user/nobody" })
        {
            for (var number = 0; number < Each; number++)
            {
                foreach (var manifest in manifests)
                {
                    To(path).Tell(new Forgery(RaftMessageSerializer.FixedIdentifier, manifest, [0xFF, 0x1B, 1]));
                }
            }
        }

        await ServesAsync();

        // Those that are not known are one kind.
        Assert.Equal(5, Lines.Count(static line => line.Contains("that makes no sense", StringComparison.Ordinal)));
        Assert.InRange(Lines.Count, 5, 6);
        Assert.All(Lines, static line => Assert.True(line.Length < 2000 && !line.Any(char.IsControl), line));
    }

    /// <summary>Peers' messages that can be read, with another sender, term, group and version in each.</summary>
    [Fact]
    public async Task Forged_senders_give_a_line_a_kind_however_many_there_are()
    {
        await StartAsync();
        for (var number = 0; number < 2000; number++)
        {
            var header = new PeerHeader(ProtocolVersion.Current, "g", new ServerId($"x{number}"), new ServerId("n1"), number);
            foreach (var forged in new[]
            {
                header,
                header with { Group = $"g{number}" },
                header with { To = new ServerId($"y{number}") },
                header with { Version = (byte)(number | 2) },
                header with { From = new ServerId("n1") },
            })
            {
                To("/user/raft-g").Tell(new Heartbeat(forged, number));
                To("/user/raft-g").Tell(new VoteResponse(forged, Granted: true));
            }
        }

        await ServesAsync();
        Assert.InRange(Lines.Count, 5, 10);
    }

    [Fact]
    public async Task Unreadable_requests_of_8_megabytes_are_answered_in_a_few_words_and_told_once()
    {
        await StartAsync();
        var writer = new WireWriter(8 * 1024 * 1024);
        writer.Byte(RequestFormat.Version);
        writer.Byte(1);
        writer.Text(new string('\u001b', 8_000_000));
        var forged = new Forgery(RaftMessageSerializer.FixedIdentifier, "q.a", writer.ToArray());
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var number = 0; number < 20; number++)
        {
            var answer = await To("/user/raft-g").Ask<InvalidRequest>(forged, Patience);
            Assert.InRange(answer.Reason.Length, 1, 1000);
        }

        // The frames alone are 160 MB, here on both sides, in each of the buffers that Akka.NET copies them to.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 3_000_000_000);
        await ServesAsync();
        var told = Assert.Single(Lines, static line => line.Contains("refused a request", StringComparison.Ordinal));
        Assert.InRange(told.Length, 1, 1500);
        Assert.DoesNotContain('\u001b', told);
        Assert.InRange(Lines.Count, 1, 3);
    }

    /// <summary>A stranger may name an actor of the server's own as the sender.</summary>
    [Fact]
    public async Task Nobody_from_another_process_shuts_a_server_down()
    {
        await StartAsync();
        Assert.Contains(
            "raft.accept-remote-shutdown",
            (await To("/user/raft-g").Ask<InvalidRequest>(new Shutdown(), Patience)).Reason,
            StringComparison.Ordinal);
        Assert.Contains(
            "own process",
            (await To("/user/raft-g/node").Ask<InvalidRequest>(new Shutdown(), Patience)).Reason,
            StringComparison.Ordinal);
        var known = await To("/user/raft-g").Ask<RaftStatus>(new GetStatus(), Patience);
        To("/user/raft-g").Tell(new Shutdown(), To("/user/raft-g/node"));
        To("/user/raft-g").Tell(
            new ForwardedRequest(
                new PeerHeader(ProtocolVersion.Current, "g", new ServerId("n2"), new ServerId("n1"), known.Term)
                {
                    Identity = new PeerIdentity(known.Identity, default, known.Journal),
                },
                new Shutdown()));
        await ServesAsync();
        Assert.Equal(known.Term, (await To("/user/raft-g").Ask<RaftStatus>(new GetStatus(), Patience)).Term);
        Assert.Contains(
            Lines, static line => line.Contains("refused to shut down for akka.tcp://stranger@", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_setting_lets_other_processes_shut_a_server_down()
    {
        await StartAsync("accept-remote-shutdown = on");
        Assert.IsType<ShutdownComplete>(await To("/user/raft-g").Ask<object>(new Shutdown(), Patience));
    }

    [Fact]
    public async Task A_transport_without_a_door_is_warned_of_once()
    {
        var early = await StartAsync(more: """
            akka.remote.dot-netty.tcp.transport-class = "Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote"
            """);
        Assert.Contains("there is no door in front of Akka.Remote", Assert.Single(Doors(early)), StringComparison.Ordinal);
        await ServersSystem.Terminate();
        Assert.Empty(Doors(await StartAsync()));

        static IEnumerable<string> Doors(IEnumerable<string> lines) =>
            lines.Where(static line => line.Contains("door", StringComparison.Ordinal));
    }
}
