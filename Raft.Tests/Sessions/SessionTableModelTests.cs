using CsCheck;
using Raft.Actors.Model;
using Raft.Tests.Infrastructure;
using Xunit;

namespace Raft.Tests.Sessions;

/// <summary>Whatever the log brings: nothing is applied twice, the bounds hold, and batches and snapshots make no difference.</summary>
public sealed class SessionTableModelTests
{
    private static readonly Gen<Step> GenStep = Gen.Select(
        Gen.Frequency(
            (2, Gen.Const(EntryKind.RegisterSession)),
            (20, Gen.Const(EntryKind.Command)),
            (2, Gen.Const(EntryKind.KeepSessionAlive)),
            (1, Gen.Const(EntryKind.CloseSession)),
            (1, Gen.Const(EntryKind.Noop))),
        Gen.Int[0, 5], Gen.Int[1, 12], Gen.Int[0, 6], Gen.Int[1, 120], Gen.Int[-100, 300], Gen.Bool,
        Gen.Frequency((9, Gen.Const(0)), (1, Gen.Const(1))),
        static (kind, session, sequence, behind, bytes, time, cuts, term) => new Step(kind, session, sequence, behind, bytes, time, cuts, term));

    [Fact]
    [Trait("Category", TestSeed.Category)]
    public void Batches_and_snapshots_make_no_difference_and_nothing_is_applied_twice() =>
        GenStep.List[1, 120].TryEach(
            steps =>
            {
                var oneByOne = Play(steps, static (world, _) => world.Flush());
                var batches = Play(steps, static (world, step) => { if (step.Cuts) { world.Flush(); } });
                var restored = Play(steps, static (world, step) => { if (step.Cuts) { world.Restore(); } });
                Assert.Equal(oneByOne.Applied.Count, oneByOne.Applied.Distinct().Count());
                foreach (var other in new[] { batches, restored })
                {
                    Assert.Equal(oneByOne.Answers.AsEnumerable(), other.Answers);
                    Assert.Equal(oneByOne.Applied, other.Applied);
                    Assert.Equal(Convert.ToHexString(oneByOne.Written()), Convert.ToHexString(other.Written()));
                }

                return oneByOne.Table.Count <= oneByOne.Limits.MaxSessions
                    && oneByOne.Table.KeptBytes < oneByOne.Limits.MaxKeptBytes + oneByOne.Limits.MaxAnswerBytes;
            },
            inputs: 3000);

    private static SessionWorld Play(List<Step> steps, Action<SessionWorld, Step> after)
    {
        var world = new SessionWorld();
        List<long> sessions = [1];
        foreach (var step in steps)
        {
            world.Now += step.Time;
            world.Term += step.Term;
            var session = sessions[step.Session % sessions.Count];
            var asked = step.Kind switch
            {
                EntryKind.Command => new CommandSession(session, step.Sequence, Math.Max(1, step.Sequence - step.Behind)),
                EntryKind.KeepSessionAlive => new CommandSession(session, step.Sequence, step.Sequence),
                EntryKind.CloseSession => new CommandSession(session, 1, 1),
                _ => null,
            };
            var index = world.Commit(step.Kind, asked, step.Bytes);
            if (step.Kind == EntryKind.RegisterSession)
            {
                sessions.Add(index);
            }

            after(world, step);
        }

        world.Flush();
        return world;
    }

    private sealed record Step(EntryKind Kind, int Session, int Sequence, int Behind, int Bytes, int Time, bool Cuts, int Term);
}
