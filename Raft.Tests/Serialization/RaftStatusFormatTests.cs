using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Serialization;

/// <summary>Why a server serves nobody stands behind all other fields of its status, and only where there is a reason.</summary>
public sealed class RaftStatusFormatTests
{
    private static readonly RaftMessageSerializer Serializer = new(null!, Samples.Codec);

    private static RaftStatus Serving => (RaftStatus)Samples.All.Single(static sample => sample.Name == "RaftStatus").Message;

    [Fact]
    public void Why_a_server_does_not_serve_is_appended()
    {
        var (before, after) = (Serializer.ToBinary(Serving), Serializer.ToBinary(Serving with { NotServing = "why" }));

        Assert.Equal([.. before, 3, .. "why"u8], after);
        Assert.Equal("why", Read(after).NotServing);
        Assert.Null(Read(before).NotServing);
    }

    [Fact]
    public void A_reason_that_is_cut_off_is_refused()
    {
        var bytes = Serializer.ToBinary(Serving with { NotServing = "why" });

        Assert.Throws<MalformedMessageException>(() => Read(bytes[..^1]));
    }

    private static RaftStatus Read(byte[] bytes) => (RaftStatus)Serializer.FromBinary(bytes, Serializer.Manifest(Serving));
}
