using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;
using Xunit;

namespace Raft.Tests.Sessions;

/// <summary>A command of a session is applied once and its retries get the first answer (dissertation 6.3).</summary>
public sealed class SessionTableTests
{
    private readonly SessionWorld _world = new();

    [Fact]
    public void A_retry_gets_the_first_answer_and_is_not_applied()
    {
        var session = _world.Register();
        var first = _world.Send(session, 1);
        _world.Term++;
        var retry = _world.Send(session, 1);
        Assert.Equal(SessionWorld.Text(first), SessionWorld.Text(retry));
        Assert.Equal([(session, 1L)], _world.Applied);
    }

    [Fact]
    public void Sessions_have_sequences_of_their_own()
    {
        var (one, other) = (_world.Register(), _world.Register());
        _world.Send(one, 1);
        _world.Send(other, 1);
        Assert.Equal([(one, 1L), (other, 1L)], _world.Applied);
    }

    [Fact]
    public void Several_commands_may_be_in_flight_and_come_in_any_order()
    {
        var session = _world.Register();
        foreach (var sequence in new[] { 3, 1, 3, 2, 1, 2 })
        {
            _world.Send(session, sequence);
        }

        Assert.Equal([(session, 3L), (session, 1L), (session, 2L)], _world.Applied);
    }

    [Fact]
    public void A_copy_in_the_same_batch_waits_for_the_first_ones_answer()
    {
        var session = _world.Register();
        var first = _world.Commit(EntryKind.Command, new CommandSession(session, 1, 1));
        var copy = _world.Commit(EntryKind.Command, new CommandSession(session, 1, 1));
        _world.Flush();
        Assert.Equal(_world.Answers[(int)first - 1].Split(": ")[1], _world.Answers[(int)copy - 1].Split(": ")[1]);
        Assert.Single(_world.Applied);
    }

    [Fact]
    public void A_command_that_its_client_no_longer_waits_for_is_forgotten_and_never_applied()
    {
        var session = _world.Register();
        _world.Send(session, 1);
        _world.Send(session, 3, lowest: 3);
        Assert.Equal(new AnswerNotKept(session, 1, Outcome.Unknown), _world.Send(session, 1));
        Assert.Equal(new AnswerNotKept(session, 2, Outcome.Unknown), _world.Send(session, 2));
        Assert.Equal([(session, 1L), (session, 3L)], _world.Applied);
        Assert.Equal(8, _world.Table.KeptBytes);
    }

    [Fact]
    public void A_session_that_is_not_used_expires_and_says_so()
    {
        var session = _world.Register();
        _world.Send(session, 1);
        _world.Now += 999;
        _world.Noop();
        Assert.Equal(1, _world.Table.Count);
        _world.Now++;
        Assert.Equal(new SessionExpired(session), _world.Send(session, 1));
        Assert.Equal(new SessionExpired(session), _world.KeepAlive(session));
        Assert.Single(_world.Applied);
        Assert.Equal((0, 0L), (_world.Table.Count, _world.Table.KeptBytes));
    }

    [Fact]
    public void Every_use_of_a_session_keeps_it_alive()
    {
        var session = _world.Register();
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            _world.Now += 900;
            Assert.IsType<Applied>(_world.Send(session, sequence));
            _world.Now += 900;
            Assert.IsType<SessionKeptAlive>(_world.KeepAlive(session, sequence + 1));
            _world.Now += 900;
            Assert.IsType<AnswerNotKept>(_world.Send(session, sequence));
        }
    }

    [Fact]
    public void Leaders_whose_clocks_differ_expire_nothing()
    {
        var session = _world.Register();
        foreach (var jump in new[] { 100_000, -500_000, 900_000 })
        {
            _world.Term++;
            _world.Now += jump;
            Assert.IsType<Applied>(_world.Send(session, _world.Term));
        }
    }

    [Fact]
    public void A_clock_that_goes_back_counts_no_time_twice()
    {
        var session = _world.Register();
        for (var round = 0; round < 10; round++)
        {
            _world.Now += 900;
            _world.Noop();
            _world.Now -= 900;
            _world.Noop();
        }

        Assert.IsType<SessionKeptAlive>(_world.KeepAlive(session));
    }

    [Fact]
    public void A_closed_session_is_gone()
    {
        var session = _world.Register();
        _world.Send(session, 1);
        Assert.Equal(new SessionClosed(session), _world.Close(session));
        Assert.Equal(new SessionClosed(session), _world.Close(session));
        Assert.Equal(new SessionExpired(session), _world.Send(session, 1));
        Assert.Equal(0, _world.Table.KeptBytes);
    }

    [Fact]
    public void The_number_of_sessions_is_limited()
    {
        var first = _world.Register();
        _world.Register();
        _world.Register();
        Assert.IsType<SessionLimitReached>(_world.TryRegister());
        _world.Close(first);
        Assert.IsType<SessionRegistered>(_world.TryRegister());
    }

    [Fact]
    public void The_answers_of_a_session_are_limited_in_number()
    {
        var session = _world.Register();
        for (var sequence = 1; sequence <= 4; sequence++)
        {
            Assert.IsType<Applied>(_world.Send(session, sequence));
        }

        Assert.IsType<SessionLimitReached>(_world.Send(session, 5));
        Assert.IsType<Applied>(_world.Send(session, 4));
        Assert.IsType<Applied>(_world.Send(session, 5, lowest: 2));
        Assert.Equal(5, _world.Applied.Count);
    }

    [Fact]
    public void The_answers_of_all_sessions_are_limited_in_bytes()
    {
        var (one, other) = (_world.Register(), _world.Register());
        _world.Send(one, 1, resultBytes: 100);
        _world.Send(one, 2, resultBytes: 100);
        _world.Send(other, 1, resultBytes: 50);
        Assert.IsType<SessionLimitReached>(_world.Send(other, 2));
        Assert.IsType<SessionLimitReached>(_world.Send(one, 3));
        Assert.IsType<Applied>(_world.Send(one, 3, lowest: 2));
        Assert.IsType<Applied>(_world.Send(other, 2));
        Assert.InRange(_world.Table.KeptBytes, 1, 250);
    }

    [Fact]
    public void An_answer_that_is_too_large_is_given_once()
    {
        var session = _world.Register();
        Assert.IsType<Applied>(_world.Send(session, 1, resultBytes: 101));
        Assert.Equal(new AnswerNotKept(session, 1, Outcome.Done), _world.Send(session, 1));
        Assert.Equal((1, 0L), (_world.Applied.Count, _world.Table.KeptBytes));
    }

    [Fact]
    public void A_kept_answer_is_not_changed_by_who_made_it()
    {
        var session = _world.Register();
        var fresh = (byte[])((Applied)_world.Send(session, 1)).Result!;
        fresh[0] = 77;
        Assert.Equal(1, ((EncodedPayload)((Applied)_world.Send(session, 1)).Result!).Bytes.Span[0]);
    }

    [Fact]
    public void A_restored_table_goes_on_where_the_first_was()
    {
        var (one, other) = (_world.Register(), _world.Register());
        var first = _world.Send(one, 1);
        _world.Send(other, 2, lowest: 2, resultBytes: 101);
        _world.Now += 600;
        _world.Send(other, 3, lowest: 2);
        _world.Restore();
        Assert.Equal(SessionWorld.Text(first), SessionWorld.Text(_world.Send(one, 1)));
        Assert.Equal(new AnswerNotKept(other, 2, Outcome.Done), _world.Send(other, 2));
        Assert.Equal(new AnswerNotKept(other, 1, Outcome.Unknown), _world.Send(other, 1));
        Assert.Equal(3, _world.Applied.Count);
        _world.Now += 1000;
        Assert.Equal(new SessionExpired(other), _world.Send(other, 3));
    }

    [Fact]
    public void Bytes_that_are_no_table_are_refused()
    {
        var session = _world.Register();
        _world.Send(session, 1);
        var bytes = _world.Written();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<MalformedMessageException>(() =>
            {
                var reader = new WireReader(bytes.AsMemory(0, length));
                SessionTable.Read(ref reader, SessionWorld.Codec);
            });
        }
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 0, 0)]
    [InlineData(1, 5, 6)]
    [InlineData(1, 5, 0)]
    [InlineData(-1, 1, 1)]
    public void Impossible_sequence_numbers_are_named(long session, long sequence, long lowest) =>
        Assert.NotNull(new CommandSession(session, sequence, lowest).Flaw);
}
