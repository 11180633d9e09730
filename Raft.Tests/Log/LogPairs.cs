using CsCheck;
using Raft.Actors.Log;
using static Raft.Tests.Infrastructure.LogBuilder;

namespace Raft.Tests.Log;

/// <summary>Pairs of logs as crashes and elections leave them behind: they obey the log matching property (figure 3.2).</summary>
internal static class LogPairs
{
    /// <summary>
    /// What happened, term by term: which of three servers led, how many entries it appended, and to which of the others
    /// it brought its log, and up to how far behind its end.
    /// </summary>
    public static readonly Gen<List<(int Leader, int Appended, int Reached, int Missing)>> Histories =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[0, 5]).List[1, 25];

    /// <summary>Plays a history. Any server may lead in a term of its own: the property holds without the voting rule.</summary>
    public static (RaftLog Leader, RaftLog Follower) Build(List<(int Leader, int Appended, int Reached, int Missing)> history)
    {
        RaftLog[] logs = [new(), new(), new()];
        for (var i = 0; i < history.Count; i++)
        {
            var (leader, appended, reached, missing) = history[i];
            logs[leader].Append(Entries(logs[leader].LastIndex + 1, Times(appended, i + 1)));
            for (var other = 0; other < 3; other++)
            {
                if (other != leader && (reached & (1 << (other < leader ? other : other - 1))) != 0)
                {
                    Copy(logs[leader].View, logs[other], Math.Max(0, logs[leader].LastIndex - missing));
                }
            }
        }

        return (logs[0], logs[1]);
    }

    /// <summary>The terms in a log.</summary>
    public static IEnumerable<long> Distinct(this RaftLog log) => TermsOf(log.View).Distinct();

    /// <summary>AppendEntries as it should be: equal up to an index, and cut only where the logs differ.</summary>
    private static void Copy(LogView from, RaftLog to, long upTo)
    {
        for (var index = 1L; index <= upTo; index++)
        {
            if (to.TermAt(index) == from.TermAt(index))
            {
                continue;
            }

            if (index <= to.LastIndex)
            {
                to.TruncateFrom(index);
            }

            to.Append(from[index]);
        }
    }
}
