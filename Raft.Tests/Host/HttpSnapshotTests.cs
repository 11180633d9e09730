using System.Net;
using System.Text.Json;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Snapshots;
using Raft.Host.CommandLine;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Host;

/// <summary>A snapshot leaves by HTTP as a file and comes back as one; what is no such file is named.</summary>
public sealed class HttpSnapshotTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(static i => (byte)(i * 31))];

    private static readonly SnapshotDescriptor Descriptor = new(
        130, 3, new Configuration([new Server(new ServerId("n1"), "akka.tcp://raft@127.0.0.1:4053")]), 1, Content.Length, Crc32C.Of(Content));

    private readonly TemporaryDirectory _directory = new();

    private string FileName => _directory["kv.raftsnap"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_exported_snapshot_can_be_imported()
    {
        var group = new RestoringGroup();
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);

        var (code, output, error) = await RunAsync(fixture, "export", FileName);
        Assert.Equal((0, string.Empty), (code, error));
        Assert.Contains("entry 130", output, StringComparison.Ordinal);
        Assert.Equal((0, string.Empty), await ImportAsync(fixture));

        Assert.Equal(Content, group.Restored);
        Assert.Equal([FileName], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task An_export_does_not_overwrite_a_file()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(new RestoringGroup().Answer);
        await File.WriteAllTextAsync(FileName, "mine");

        Assert.Equal(1, (await RunAsync(fixture, "export", FileName)).Code);

        Assert.Equal("mine", await File.ReadAllTextAsync(FileName));
    }

    [Fact]
    public async Task Without_a_snapshot_there_is_nothing_to_export()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(static _ => new SnapshotNotFound("this server has no snapshot yet"));

        using var response = await fixture.Client.GetAsync("/snapshots/latest");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task An_export_that_fails_midway_is_no_whole_file()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(static request => request switch
        {
            ReadSnapshot { Offset: > 100_000 } => new SnapshotNotFound("the disk is gone"),
            _ => new RestoringGroup().Answer(request),
        });

        var (code, _, error) = await RunAsync(fixture, "export", FileName);

        Assert.Equal(1, code);
        Assert.NotEmpty(error);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task Each_step_is_sent_again_until_it_is_done()
    {
        var group = new RestoringGroup();
        var steps = 0;
        await using var fixture = await HttpFrontFixture.StartAsync(request => request is RestoreRequest && ++steps % 3 != 0
            ? steps % 3 == 1 ? new NotLeader(default, null) : new LeadershipLost(7, 3)
            : group.Answer(request));
        await WriteFileAsync();

        Assert.Equal((0, string.Empty), await ImportAsync(fixture));

        Assert.Equal(Content, group.Restored);
    }

    [Fact]
    public async Task An_import_goes_on_where_another_has_ended()
    {
        var group = new RestoringGroup();
        group.Answer(new BeginRestore(Descriptor.Bytes, Descriptor.Checksum));
        group.Answer(new RestoreBlock(7, 0, Content.AsMemory(0, 70_001)));
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);
        await WriteFileAsync();

        Assert.Equal((0, string.Empty), await ImportAsync(fixture));

        Assert.Equal(Content, group.Restored);
    }

    [Theory]
    [InlineData("nonsense", "this is no snapshot file")]
    [InlineData("empty", "cut off")]
    [InlineData("head", "head of the snapshot file is damaged")]
    [InlineData("content", "the content of the snapshot file is damaged")]
    [InlineData("short", "cut off")]
    [InlineData("long", "followed by something else")]
    public async Task An_incomplete_file_is_refused_with_the_reason(string damage, string expected)
    {
        var group = new RestoringGroup();
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);
        await WriteFileAsync();
        var bytes = await File.ReadAllBytesAsync(FileName);
        await File.WriteAllBytesAsync(FileName, damage switch
        {
            "nonsense" => [.. bytes.Reverse()],
            "empty" => [],
            "head" => Flip(bytes, 20),
            "content" => Flip(bytes, bytes.Length - 5),
            "short" => bytes[..^1],
            _ => [.. bytes, 0],
        });

        // The command looks at the file first; who sends it without looking is told by the server.
        var (code, error) = await ImportAsync(fixture);
        Assert.Equal(1, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        using var response = await fixture.Client.PutAsync("/snapshots/latest", new ByteArrayContent(await File.ReadAllBytesAsync(FileName)));
        Assert.Equal(damage == "content" ? HttpStatusCode.Conflict : HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("notDone", JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("outcome").GetString());
        Assert.Null(group.Restored);
    }

    [Fact]
    public async Task The_state_of_another_group_needs_an_option()
    {
        var group = new RestoringGroup();
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);
        await WriteFileAsync("other");

        var (code, error) = await ImportAsync(fixture);
        Assert.Equal(1, code);
        Assert.Contains("of group 'other'", error, StringComparison.Ordinal);
        Assert.Null(group.Restored);
        (code, error) = await ImportAsync(fixture, "--from", "third");
        Assert.Equal(1, code);
        Assert.Contains("the snapshot is of group 'other', not of 'third'", error, StringComparison.Ordinal);
        Assert.Null(group.Restored);
        Assert.Equal((0, string.Empty), await ImportAsync(fixture, "--from", "other"));

        Assert.Equal(Content, group.Restored);
    }

    /// <summary>Some servers may not read it yet: all of their state machines would stop at it.</summary>
    [Fact]
    public async Task A_state_of_a_later_version_than_the_groups_is_refused()
    {
        var group = new RestoringGroup { Version = 1 };
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);
        await WriteFileAsync(version: 2);

        var (code, error) = await ImportAsync(fixture);

        Assert.Equal(1, code);
        Assert.Contains("the snapshot's state is of version 2, but this group is at version 1", error, StringComparison.Ordinal);
        Assert.Null(group.Restored);
        await WriteFileAsync(version: 1);
        Assert.Equal((0, string.Empty), await ImportAsync(fixture));
        Assert.Equal(Content, group.Restored);
    }

    [Fact]
    public async Task The_state_of_another_group_of_the_same_name_needs_an_option()
    {
        var group = new RestoringGroup { Identity = new GroupIdentity(1) };
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);
        await WriteFileAsync(identity: new GroupIdentity(2));

        var (code, error) = await ImportAsync(fixture);
        Assert.Equal(1, code);
        Assert.Contains("another group of the name 'kv'", error, StringComparison.Ordinal);
        Assert.Null(group.Restored);
        Assert.Equal((0, string.Empty), await ImportAsync(fixture, "--from", "kv"));
        Assert.Equal(Content, group.Restored);

        group = new RestoringGroup { Identity = new GroupIdentity(2) };
        await using var same = await HttpFrontFixture.StartAsync(group.Answer);
        Assert.Equal((0, string.Empty), await ImportAsync(same));
    }

    [Fact]
    public async Task Without_yes_an_import_says_what_it_would_do_and_does_nothing()
    {
        var group = new RestoringGroup();
        await using var fixture = await HttpFrontFixture.StartAsync(group.Answer);
        await WriteFileAsync();

        var (code, output, error) = await RunAsync(fixture, "import", FileName);

        Assert.Equal(1, code);
        Assert.Contains("would replace the state of the group", output, StringComparison.Ordinal);
        Assert.Contains("add --yes to do it", error, StringComparison.Ordinal);
        Assert.Null(group.Restored);
    }

    [Fact]
    public async Task A_refusal_of_the_group_is_reported()
    {
        await using var fixture = await HttpFrontFixture.StartAsync(static _ => new RestoreRefused("restore 7 is under way", Outcome.NotDone));
        await WriteFileAsync();

        var (code, error) = await ImportAsync(fixture);

        Assert.Equal(1, code);
        Assert.Contains("restore 7 is under way", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("export")]
    [InlineData("import")]
    [InlineData("delete", "f")]
    [InlineData("export", "f", "--from", "g")]
    [InlineData("import", "f", "--url", "nonsense")]
    public void A_command_that_makes_no_sense_is_named(params string[] words) =>
        Assert.IsType<CommandLineArguments.Invalid>(CommandLineArguments.Parse(["snapshot", .. words]));

    private static byte[] Flip(byte[] bytes, int at)
    {
        bytes[at] ^= 1;
        return bytes;
    }

    private async Task WriteFileAsync(string group = "kv", GroupIdentity identity = default, int version = 0)
    {
        var content = Descriptor with { Configuration = new Configuration(Descriptor.Configuration.Servers, identity, version) };
        await File.WriteAllBytesAsync(FileName, [.. SnapshotFile.Head(new SnapshotFileHead(group, content)), .. Content]);
    }

    private async Task<(int Code, string Error)> ImportAsync(HttpFrontFixture fixture, params string[] options)
    {
        var (code, _, error) = await RunAsync(fixture, ["import", FileName, "--yes", .. options]);
        return (code, error);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(HttpFrontFixture fixture, params string[] words)
    {
        var snapshot = Assert.IsType<CommandLineArguments.Snapshot>(
            CommandLineArguments.Parse(["snapshot", .. words, "--url", fixture.Client.BaseAddress!.ToString()]));
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await SnapshotCommand.RunAsync(snapshot, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Has one snapshot, and takes one that is restored.</summary>
    private sealed class RestoringGroup
    {
        private readonly List<byte> _taken = [];
        private BeginRestore? _begin;

        public byte[]? Restored { get; private set; }

        public GroupIdentity Identity { get; init; }

        public int Version { get; init; }

        public object? Answer(IRaftRequest request)
        {
            switch (request)
            {
                case GetStatus:
                    return new RaftStatus(
                        "kv", new ServerId("n1"), RaftRole.Leader, 2, default, default, null, 0, 0, 1, 0, 0, 0, Configuration.Empty.WithStateMachineVersion(Version), 0, null, [])
                    {
                        Identity = Identity,
                    };
                case TakeSnapshot:
                    return new SnapshotNotTaken("nothing is new since the last one");
                case ReadSnapshot read:
                    return new SnapshotPiece(7, Descriptor, read.Offset, Content.AsMemory((int)read.Offset, Math.Min(30_000, Content.Length - (int)read.Offset)));
                case BeginRestore begin:
                    _begin = begin;
                    return new RestoreBegun(7, _taken.Count);
                case RestoreBlock block:
                    if (block.Offset == _taken.Count)
                    {
                        _taken.AddRange(block.Bytes.Span);
                    }

                    return new RestoreBlockTaken(7, _taken.Count);
                case CompleteRestore when Crc32C.Of([.. _taken]) != _begin!.Checksum:
                    return new RestoreRefused("its checksum is wrong", Outcome.NotDone);
                case CompleteRestore:
                    Restored = [.. _taken];
                    return new SnapshotRestored(200, 3, Restored.Length);
                default:
                    return null;
            }
        }
    }
}
