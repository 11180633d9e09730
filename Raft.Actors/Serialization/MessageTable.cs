using System.Collections.Frozen;
using Raft.Actors.LogLines;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using ApplyBarrier = Raft.Actors.Protocol.ApplyBarrier;

namespace Raft.Actors.Serialization;

/// <summary>
/// Every message and journal event with its manifest. A manifest is forever: it stands in journals and is sent by older
/// versions. Its first letter says what kind of message it is, so that one that a later version added can still be refused in
/// the right way: p between servers, q a request, r an answer, f a failure, j a journal event, s a row of the snapshot store.
/// </summary>
internal static class MessageTable
{
    /// <summary>What the manifests of messages between servers begin with.</summary>
    public const string PeerPrefix = "p.";

    /// <summary>What the manifests of requests begin with.</summary>
    public const string RequestPrefix = "q.";

    /// <summary>
    /// Whether a manifest is one of a message that is sent, of whatever version. Events of the journal and rows of the snapshot
    /// store are written by the same serializer and have no business on the wire.
    /// </summary>
    public static bool IsSent(ReadOnlySpan<char> manifest) => manifest is ['p' or 'q' or 'r' or 'f', '.', ..];

    /// <inheritdoc cref="IsSent(ReadOnlySpan{char})" />
    public static bool IsSent(ReadOnlySpan<byte> manifest) =>
        manifest is [(byte)'p' or (byte)'q' or (byte)'r' or (byte)'f', (byte)'.', ..];

    public static readonly IReadOnlyList<MessageFormat> All =
    [
        MessageFormat.Peer<RequestPreVote>("p.pv", PeerFormat.Write, PeerFormat.ReadRequestPreVote),
        MessageFormat.Peer<PreVoteResponse>("p.pvr", PeerFormat.Write, PeerFormat.ReadPreVoteResponse),
        MessageFormat.Peer<RequestVote>("p.v", PeerFormat.Write, PeerFormat.ReadRequestVote),
        MessageFormat.Peer<VoteResponse>("p.vr", PeerFormat.Write, PeerFormat.ReadVoteResponse),
        MessageFormat.Peer<AppendEntries>(
            "p.ae", PeerFormat.Write, PeerFormat.ReadAppendEntries,
            static message => EntryFormat.SizeHint(message.Entries) + 256),
        MessageFormat.Peer<AppendEntriesResponse>("p.aer", PeerFormat.Write, PeerFormat.ReadAppendEntriesResponse),
        MessageFormat.Peer<RequestFounding>("p.rf", FoundingFormat.Write, FoundingFormat.ReadRequestFounding),
        MessageFormat.Peer<RequestPledge>("p.rp", FoundingFormat.Write, FoundingFormat.ReadRequestPledge),
        MessageFormat.Peer<PledgeResponse>("p.rpr", FoundingFormat.Write, FoundingFormat.ReadPledgeResponse),
        MessageFormat.Peer<BeginGroup>("p.bg", FoundingFormat.Write, FoundingFormat.ReadBeginGroup),
        MessageFormat.PeerWithLaterFields<Heartbeat>(
            "p.hb", PeerFormat.Write, PeerFormat.ReadHeartbeat, AbilitiesFormat.Write, AbilitiesFormat.ReadAsked),
        MessageFormat.PeerWithLaterFields<HeartbeatResponse>(
            "p.hbr", PeerFormat.Write, PeerFormat.ReadHeartbeatResponse, AbilitiesFormat.Write, AbilitiesFormat.ReadAnnounced),
        MessageFormat.Peer<TimeoutNow>("p.tn", static (ref _, _) => { }, static (ref _, header) => new TimeoutNow(header)),
        MessageFormat.PeerWithPayload<ForwardedRequest>("p.fw", WriteForwarded, ReadForwarded),
        MessageFormat.Peer<InstallSnapshot>(
            "p.is", SnapshotFormat.Write, SnapshotFormat.ReadInstallSnapshot, static message => message.Bytes.Length + 1024),
        MessageFormat.Peer<InstallSnapshotResponse>("p.isr", SnapshotFormat.Write, SnapshotFormat.ReadInstallSnapshotResponse),
        MessageFormat.Peer<RequestReadIndex>("p.ri", ReadFormat.Write, ReadFormat.ReadRequestReadIndex),
        MessageFormat.Peer<ReadIndexResponse>("p.rir", ReadFormat.Write, ReadFormat.ReadReadIndexResponse),

        MessageFormat.Request<Apply>("q.a", RequestFormat.Write, RequestFormat.ReadApply),
        MessageFormat.Request<ApplyBarrier>("q.b", RequestFormat.Write, RequestFormat.ReadBarrier),
        MessageFormat.Request<VerifyLeader>("q.v"),
        MessageFormat.Request<Read>("q.r", RequestFormat.Write, RequestFormat.ReadRead),
        MessageFormat.Request<GetLeader>("q.l"),
        MessageFormat.Request<GetStatus>("q.s"),
        MessageFormat.Request<Shutdown>(
            "q.x", static (ref _, _) => { }, static (ref _) => new Shutdown { CameOverTheWire = true }),
        MessageFormat.Request<RegisterSession>("q.sr", SessionFormat.Write, SessionFormat.ReadRegister),
        MessageFormat.Request<KeepSessionAlive>("q.sk", SessionFormat.Write, SessionFormat.ReadKeepAlive),
        MessageFormat.Request<CloseSession>("q.sc", SessionFormat.Write, SessionFormat.ReadClose),
        MessageFormat.Request<GetConfiguration>("q.c"),
        MessageFormat.Request<TransferLeadership>("q.t", MembershipFormat.Write, MembershipFormat.ReadTransferLeadership),
        MessageFormat.Request<Bootstrap>("q.bs", MembershipFormat.Write, MembershipFormat.ReadBootstrap),
        MessageFormat.Request<AddVoter>("q.av", MembershipFormat.Write, MembershipFormat.ReadAddVoter),
        MessageFormat.Request<AddNonvoter>("q.an", MembershipFormat.Write, MembershipFormat.ReadAddNonvoter),
        MessageFormat.Request<DemoteVoter>("q.dv", MembershipFormat.Write, MembershipFormat.ReadDemoteVoter),
        MessageFormat.Request<RemoveServer>("q.rm", MembershipFormat.Write, MembershipFormat.ReadRemoveServer),
        MessageFormat.Request<TakeSnapshot>("q.ts"),
        MessageFormat.Request<DescribeServer>("q.ds"),
        MessageFormat.Request<PledgeBootstrap>("q.pb", DiscoveryFormat.Write, DiscoveryFormat.ReadPledge),
        MessageFormat.Request<ReloadSettings>("q.rs", SettingsFormat.Write, SettingsFormat.ReadReload),
        MessageFormat.Request<BeginRestore>("q.rb", RestoreFormat.Write, RestoreFormat.ReadBegin),
        MessageFormat.Request<RestoreBlock>("q.rp", RestoreFormat.Write, RestoreFormat.ReadBlock),
        MessageFormat.Request<CompleteRestore>("q.rc", RestoreFormat.Write, RestoreFormat.ReadComplete),
        MessageFormat.Request<ReadSnapshot>("q.rd", SnapshotFormat.Write, SnapshotFormat.ReadRead),
        MessageFormat.Request<ReadChanges>("q.w", WatchFormat.Write, WatchFormat.ReadRead),
        MessageFormat.Request<SkipEntry>("q.se", SkipFormat.Write, SkipFormat.ReadSkip),

        MessageFormat.Reply<Applied>("r.a", ReplyFormat.Write, ReplyFormat.ReadApplied),
        MessageFormat.Reply<ReadResult>("r.r", ReplyFormat.Write, ReplyFormat.ReadReadResult),
        MessageFormat.Reply<LeaderVerified>("r.v", ReplyFormat.Write, ReplyFormat.ReadLeaderVerified),
        MessageFormat.Reply<LeaderInfo>("r.l", ReplyFormat.Write, ReplyFormat.ReadLeaderInfo),
        MessageFormat.Reply<RaftStatus>("r.s", ReplyFormat.Write, ReplyFormat.ReadRaftStatus),
        MessageFormat.Reply<ShutdownComplete>("r.x"),
        MessageFormat.Reply<SessionRegistered>("r.sr", SessionFormat.Write, SessionFormat.ReadRegistered),
        MessageFormat.Reply<SessionKeptAlive>("r.sk", SessionFormat.Write, SessionFormat.ReadKeptAlive),
        MessageFormat.Reply<SessionClosed>("r.sc", SessionFormat.Write, SessionFormat.ReadClosed),
        MessageFormat.Reply<LeadershipTransferred>("r.t", MembershipFormat.Write, MembershipFormat.ReadLeadershipTransferred),
        MessageFormat.Reply<ConfigurationInfo>("r.c", MembershipFormat.Write, MembershipFormat.ReadConfigurationInfo),
        MessageFormat.Reply<ConfigurationChanged>("r.cc", MembershipFormat.Write, MembershipFormat.ReadConfigurationChanged),
        MessageFormat.Reply<SnapshotTaken>("r.ts", SnapshotFormat.Write, SnapshotFormat.ReadSnapshotTaken),
        MessageFormat.Reply<ServerDescription>("r.ds", DiscoveryFormat.Write, DiscoveryFormat.ReadDescription),
        MessageFormat.Reply<BootstrapPledged>("r.pb", DiscoveryFormat.Write, DiscoveryFormat.ReadPledged),
        MessageFormat.Reply<SettingsReloaded>("r.rs", SettingsFormat.Write, SettingsFormat.ReadReloaded),
        MessageFormat.Reply<RestoreBegun>("r.rb", RestoreFormat.Write, RestoreFormat.ReadBegun),
        MessageFormat.Reply<RestoreBlockTaken>("r.rp", RestoreFormat.Write, RestoreFormat.ReadBlockTaken),
        MessageFormat.Reply<SnapshotRestored>("r.rc", RestoreFormat.Write, RestoreFormat.ReadRestored),
        MessageFormat.Reply<SnapshotPiece>("r.rd", SnapshotFormat.Write, SnapshotFormat.ReadPiece),
        MessageFormat.Reply<ChangesRead>("r.w", WatchFormat.Write, WatchFormat.ReadChangesRead),
        MessageFormat.Reply<EntrySkipped>("r.se", SkipFormat.Write, SkipFormat.ReadSkipped),

        MessageFormat.Reply<NotLeader>("f.nl", FailureFormat.Write, FailureFormat.ReadNotLeader),
        MessageFormat.Reply<EnqueueTimedOut>("f.et", FailureFormat.Write, FailureFormat.ReadEnqueueTimedOut),
        MessageFormat.Reply<Overloaded>("f.ol", FailureFormat.Write, FailureFormat.ReadOverloaded),
        MessageFormat.Reply<TooLarge>("f.tl", FailureFormat.Write, FailureFormat.ReadTooLarge),
        MessageFormat.Reply<InvalidRequest>("f.ir", FailureFormat.Write, FailureFormat.ReadInvalidRequest),
        MessageFormat.Reply<LeadershipLost>("f.ll", FailureFormat.Write, FailureFormat.ReadLeadershipLost),
        MessageFormat.Reply<LeadershipTransferInProgress>("f.lt"),
        MessageFormat.Reply<StorageFailed>("f.st", FailureFormat.Write, FailureFormat.ReadStorageFailed),
        MessageFormat.Reply<StateMachineFailed>("f.sm", FailureFormat.Write, FailureFormat.ReadStateMachineFailed),
        MessageFormat.Reply<ShuttingDown>("f.sd", FailureFormat.Write, FailureFormat.ReadShuttingDown),
        MessageFormat.Reply<Unavailable>("f.un", FailureFormat.Write, FailureFormat.ReadUnavailable),
        MessageFormat.Reply<SessionExpired>("f.se", SessionFormat.Write, SessionFormat.ReadExpired),
        MessageFormat.Reply<SessionLimitReached>("f.sl", SessionFormat.Write, SessionFormat.ReadLimitReached),
        MessageFormat.Reply<DeadlinePassed>("f.dp", FailureFormat.Write, FailureFormat.ReadDeadlinePassed),
        MessageFormat.Reply<AnswerNotKept>("f.an", SessionFormat.Write, SessionFormat.ReadNotKept),
        MessageFormat.Reply<LeadershipTransferFailed>(
            "f.tf", MembershipFormat.Write, MembershipFormat.ReadLeadershipTransferFailed),
        MessageFormat.Reply<ConfigurationRefused>("f.cr", MembershipFormat.Write, MembershipFormat.ReadConfigurationRefused),
        MessageFormat.Reply<SnapshotNotTaken>("f.ns", SnapshotFormat.Write, SnapshotFormat.ReadSnapshotNotTaken),
        MessageFormat.Reply<SettingsRefused>("f.sf", SettingsFormat.Write, SettingsFormat.ReadRefused),
        MessageFormat.Reply<RestoreRefused>("f.rr", RestoreFormat.Write, RestoreFormat.ReadRefused),
        MessageFormat.Reply<ReadTimedOut>("f.rt", ReadFormat.Write, ReadFormat.ReadReadTimedOut),
        MessageFormat.Reply<TooStale>("f.ts", ReadFormat.Write, ReadFormat.ReadTooStale),
        MessageFormat.Reply<SnapshotNotFound>("f.nf", SnapshotFormat.Write, SnapshotFormat.ReadNotFound),
        MessageFormat.Reply<ChangesForgotten>("f.cf", WatchFormat.Write, WatchFormat.ReadForgotten),
        MessageFormat.Reply<SkipRefused>("f.sr", SkipFormat.Write, SkipFormat.ReadRefused),
        MessageFormat.Reply<CommandSkipped>("f.cs", SkipFormat.Write, SkipFormat.ReadCommandSkipped),

        MessageFormat.JournalEvent<HardStateChanged>(
            "j.h", JournalFormat.Write, JournalFormat.ReadHardStateChanged, static _ => 0),
        MessageFormat.JournalEvent<JournalIdentified>(
            "j.id", JournalFormat.Write, JournalFormat.ReadJournalIdentified, static _ => 0),
        MessageFormat.JournalEvent<EntriesAppended>(
            "j.e", JournalFormat.Write, JournalFormat.ReadEntriesAppended,
            static message => EntryFormat.SizeHint(message.Entries)),
        MessageFormat.JournalEvent<SafetyBroken>(
            "j.x", JournalFormat.Write, JournalFormat.ReadSafetyBroken, static message => message.Reason.Length),
        MessageFormat.JournalEvent<SafetyRestored>("j.xr", JournalFormat.Write, JournalFormat.ReadSafetyRestored, static _ => 0),
        MessageFormat.JournalEvent<SnapshotBegun>("j.sb", SnapshotFormat.Write, SnapshotFormat.ReadBegun, static _ => 0),
        MessageFormat.JournalEvent<SnapshotCompleted>("j.sc", SnapshotFormat.Write, SnapshotFormat.ReadCompleted, static _ => 0),

        MessageFormat.SnapshotRecord<SnapshotChunk>(
            "s.c", SnapshotFormat.Write, SnapshotFormat.ReadChunk, static message => message.Bytes.Length + 64),
    ];

    public static readonly FrozenDictionary<Type, MessageFormat> ByType = All.ToFrozenDictionary(static format => format.Type);

    public static readonly FrozenDictionary<string, MessageFormat> ByManifest =
        All.ToFrozenDictionary(static format => format.Manifest, StringComparer.Ordinal);

    /// <summary>Reads a request; whatever is wrong with it, the node gets something that it can answer.</summary>
    public static IRaftRequest ReadRequest(string manifest, ReadOnlyMemory<byte> bytes, PayloadCodec codec)
    {
        if (!ByManifest.TryGetValue(manifest, out var format) || !typeof(IRaftRequest).IsAssignableFrom(format.Type))
        {
            return new UnreadableRequest($"this version of RaftAkka knows no request '{LogText.Clean(manifest)}'");
        }

        try
        {
            var reader = new WireReader(bytes);
            return (IRaftRequest)format.Read(ref reader, codec);
        }
        catch (Exception failure) when (failure is MalformedMessageException or PayloadException)
        {
            return new UnreadableRequest($"{format.Type.Name} could not be read: {LogText.Clean(failure.Message)}");
        }
    }

    private static void WriteForwarded(ref WireWriter writer, ForwardedRequest message, PayloadCodec codec)
    {
        if (!ByType.TryGetValue(message.Request.GetType(), out var format))
        {
            throw new ArgumentException($"{message.Request.GetType().Name} is never sent", nameof(message));
        }

        writer.Text(format.Manifest);
        var start = writer.BeginBlock();
        format.Write(ref writer, message.Request, codec);
        writer.EndBlock(start);
    }

    private static ForwardedRequest ReadForwarded(ref WireReader reader, PeerHeader header, PayloadCodec codec) =>
        new(header, ReadRequest(reader.Text(), reader.Block(), codec));
}
