using Raft.Actors.Elections;
using Raft.Actors.Model;
using Xunit;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Elections;

/// <summary>Who is to lead next (hashicorp/raft's TestRaft_LeadershipTransferPickServer).</summary>
public sealed class LeadershipTransferTests
{
    [Fact]
    public void The_server_with_the_longest_log_is_chosen() =>
        Assert.Equal(Server2, LeadershipTransfer.Choose([(Server1, 7, true), (Server2, 9, true), (Server3, 8, true)]));

    [Fact]
    public void The_first_of_equal_servers_is_chosen() =>
        Assert.Equal(Server1, LeadershipTransfer.Choose([(Server1, 9, true), (Server2, 9, true)]));

    [Fact]
    public void A_server_that_is_not_heard_is_not_chosen()
    {
        Assert.Equal(Server1, LeadershipTransfer.Choose([(Server1, 7, true), (Server2, 9, false)]));
        Assert.Equal(default, LeadershipTransfer.Choose([(Server2, 9, false)]));
        Assert.Equal(default(ServerId), LeadershipTransfer.Choose([]));
    }
}
