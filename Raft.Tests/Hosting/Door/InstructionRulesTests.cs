using Raft.Actors.Hosting.Door;
using Xunit;
using static Raft.Fuzz.Inputs.AkkaFrame;

namespace Raft.Tests.Hosting.Door;

public sealed class InstructionRulesTests
{
    private static readonly byte[] Address = [.. Field(1, "raft"), .. Field(2, "n1"), .. Varint(3, 4053), .. Field(4, "tcp")];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_heartbeat_and_an_end_need_nothing_more(int command) => Assert.True(IsWellFormed(Varint(1, command)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(-1)]
    public void Other_commands_and_a_handshake_without_an_address_are_none(int command)
    {
        Assert.False(IsWellFormed(Varint(1, command)));
        Assert.False(IsWellFormed([]));
    }

    [Fact]
    public void A_handshake_says_where_its_sender_is()
    {
        Assert.True(InstructionRules.TryRead(Handshake([.. Field(1, Address), .. Fixed64(2, 7)]), out var host, out var port));
        Assert.Equal(4053, port);
        Assert.True(host.SequenceEqual("n1"u8));
        Assert.True(IsWellFormed(Handshake([.. Field(1, Address), .. Fixed64(2, 7)])));
        Assert.False(IsWellFormed(Handshake(Fixed64(2, 7))));
        Assert.False(IsWellFormed(Handshake(Field(1, [.. Field(1, "raft"), .. Varint(3, 4053), .. Field(4, "tcp")]))));
        Assert.False(IsWellFormed(Handshake(Field(1, [.. Address, .. Field(2, "n2")]))));
    }

    [Theory]
    [InlineData("raft", "n1", 0)]
    [InlineData("raft", "n1", 65536)]
    [InlineData("raft", "n1", -1)]
    [InlineData("raft", "", 4053)]
    [InlineData("raft", "n\u001b[31m", 4053)]
    [InlineData("a line\n", "n1", 4053)]
    public void An_address_that_cannot_be_is_none(string system, string host, int port) => Assert.False(IsWellFormed(
        Handshake(Field(1, [.. Field(1, system), .. Field(2, host), .. Varint(3, port), .. Field(4, "tcp")]))));

    private static bool IsWellFormed(byte[] instruction) => InstructionRules.TryRead(instruction, out _, out _);

    private static byte[] Handshake(byte[] handshake) => [.. Varint(1, 1), .. Field(2, handshake)];
}
