using Raft.Actors.Protocol;

namespace Raft.Simulation.Network;

/// <summary>Messages as a reader of a trace wants them: short, and the same in every run.</summary>
internal static class MessageText
{
    public static string Of(object message) => message switch
    {
        AppendEntries append =>
            $"AppendEntries t{append.Header.Term} #{append.Sequence} behind {append.PrevLogIndex}/{append.PrevLogTerm}"
            + (append.Entries is [var first, ..] && append.Entries[^1] is var last
                ? $" entries {first.Index}/{first.Term}..{last.Index}/{last.Term}"
                : string.Empty)
            + $" commit {append.LeaderCommit}",
        AppendEntriesResponse
        {
            Success: true,
        } response => $"Appended t{response.Header.Term} #{response.Sequence} match {response.MatchIndex}",
        AppendEntriesResponse response =>
            $"Mismatch t{response.Header.Term} #{response.Sequence} conflict {response.ConflictIndex}/{response.ConflictTerm}",
        Heartbeat heartbeat => $"Heartbeat t{heartbeat.Header.Term} #{heartbeat.Sequence}",
        HeartbeatResponse response => $"HeartbeatResponse t{response.Header.Term} #{response.Sequence}",
        RequestPreVote request => $"RequestPreVote t{request.Header.Term} last {request.LastLogIndex}/{request.LastLogTerm}",
        PreVoteResponse response =>
            $"PreVoteResponse t{response.Header.Term} for t{response.CampaignTerm} {Vote(response.Granted)}",
        RequestVote request => $"RequestVote t{request.Header.Term} last {request.LastLogIndex}/{request.LastLogTerm}",
        VoteResponse response => $"VoteResponse t{response.Header.Term} {Vote(response.Granted)}",
        ForwardedRequest forwarded => $"Forwarded {Of(forwarded.Request)}",
        Apply
        {
            Session: { } session,
        } => $"Apply in session {session.SessionId} #{session.Sequence} from {session.LowestUnanswered} on",
        SessionRegistered or SessionKeptAlive or SessionClosed or KeepSessionAlive or CloseSession => message.ToString()!,
        Applied applied => $"Applied {applied.Index}/{applied.Term}",
        ReadResult result => $"ReadResult at {result.Index}",
        RaftFailure failure => $"{failure.GetType().Name} ({failure.Outcome})",
        _ => message.GetType().Name,
    };

    private static string Vote(bool granted) => granted ? "granted" : "refused";
}
