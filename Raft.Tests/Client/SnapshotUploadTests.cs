using Raft.Actors.Client;
using Raft.Actors.Protocol;
using Xunit;

namespace Raft.Tests.Client;

public sealed class SnapshotUploadTests
{
    private const int Piece = SnapshotUpload.PieceBytes;

    private readonly byte[] _content = [.. Enumerable.Range(0, (2 * Piece) + 10).Select(static place => (byte)(place % 251))];
    private readonly List<IRaftRequest> _steps = [];

    [Fact]
    public async Task The_content_goes_in_pieces_and_is_completed()
    {
        var answer = await SendAsync(new GroupStub());

        Assert.Equal(new SnapshotRestored(9, 2, 100), answer);
        Assert.Equal(new BeginRestore(_content.Length, 77), _steps[0]);
        Assert.Equal([(0L, Piece), (Piece, Piece), (2L * Piece, 10)], Extents());
        Assert.Equal(_content, Blocks().SelectMany(static block => block.Bytes.ToArray()));
        Assert.Equal(new CompleteRestore(4), _steps[^1]);
    }

    [Fact]
    public async Task What_an_earlier_attempt_has_brought_is_left_out()
    {
        await SendAsync(new GroupStub { HasAlready = Piece + 5 });

        Assert.Equal([(Piece + 5L, Piece), ((2L * Piece) + 5, 5)], Extents());
        Assert.Equal(_content[(Piece + 5)..], Blocks().SelectMany(static block => block.Bytes.ToArray()));
    }

    [Fact]
    public async Task Nothing_of_an_empty_content_is_sent()
    {
        await SendAsync(new GroupStub(), bytes: 0);

        Assert.Equal([new BeginRestore(0, 77), new CompleteRestore(4)], _steps);
    }

    [Fact]
    public async Task The_first_step_that_is_refused_is_the_last()
    {
        var refusal = new RestoreRefused("another is under way", Outcome.NotDone);

        Assert.Same(refusal, await SendAsync(new GroupStub { Refusal = (0, refusal) }));
        Assert.Single(_steps);

        _steps.Clear();
        Assert.Same(refusal, await SendAsync(new GroupStub { Refusal = (2, refusal) }));
        Assert.Equal(3, _steps.Count);
    }

    [Fact]
    public async Task Content_that_is_cut_off_is_not_completed()
    {
        await Assert.ThrowsAsync<EndOfStreamException>(() => SendAsync(new GroupStub(), bytes: _content.Length + 1));

        Assert.DoesNotContain(_steps, static step => step is CompleteRestore);
    }

    [Fact]
    public async Task A_group_that_has_less_than_was_sent_ends_it()
    {
        var error = await Assert.ThrowsAsync<RaftRequestException>(() => SendAsync(new GroupStub { Gains = -1 }));

        Assert.Equal(Outcome.NotDone, error.Outcome);
        Assert.Contains($"only up to byte {Piece - 1}, not up to {Piece}", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _steps.Count);
    }

    [Fact]
    public async Task A_group_to_which_somebody_else_brings_the_same_may_have_more() =>
        Assert.IsType<SnapshotRestored>(await SendAsync(new GroupStub { Gains = 7 }));

    private IEnumerable<RestoreBlock> Blocks() => _steps.OfType<RestoreBlock>();

    private IEnumerable<(long Offset, int Bytes)> Extents() =>
        Blocks().Select(static block => (block.Offset, block.Bytes.Length));

    private async Task<IRaftReply> SendAsync(GroupStub group, long? bytes = null)
    {
        using var content = new MemoryStream(_content);
        return await SnapshotUpload.SendAsync(
            content,
            bytes ?? _content.Length,
            77,
            step =>
            {
                _steps.Add(step);
                return Task.FromResult(group.Answer(step, _steps.Count - 1));
            },
            static reply => reply);
    }

    private sealed record GroupStub
    {
        public long HasAlready { get; init; }

        public int Gains { get; init; }

        public (int Step, IRaftReply Answer)? Refusal { get; init; }

        public IRaftReply Answer(IRaftRequest step, int number) => step switch
        {
            _ when Refusal is { } refusal && refusal.Step == number => refusal.Answer,
            BeginRestore => new RestoreBegun(4, HasAlready),
            RestoreBlock block => new RestoreBlockTaken(4, block.Offset + block.Bytes.Length + Gains),
            _ => new SnapshotRestored(9, 2, 100),
        };
    }
}
