using System.Collections.Immutable;
using System.Text;
using Raft.Actors.Log;
using Raft.Actors.Model;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Raft.Actors.Sessions;
using ApplyBarrier = Raft.Actors.Protocol.ApplyBarrier;

namespace Raft.Tests.Serialization;

/// <summary>One fixed message of each type, or several; the golden bytes are those of these.</summary>
internal static class Samples
{
    public static readonly PayloadCodec Codec = new([typeof(Deposit), typeof(Account)]);

    private static readonly PeerHeader Header = new(ProtocolVersion.Current, "bank", new ServerId("n1"), new ServerId("n2"), 300);

    private static readonly Configuration Servers = new(
    [
        new Server(new ServerId("n1"), "akka.tcp://raft@10.0.0.1:4053"),
        new Server(new ServerId("n2"), "akka.tcp://raft@10.0.0.2:4053", Suffrage.Nonvoter),
    ]);

    private static readonly GroupIdentity Group = new(new UInt128(0x0102_0304_0506_0708, 0x090A_0B0C_0D0E_0F10));

    private static readonly JournalIdentity Journal = new(0x1112_1314_1516_1718);

    private static readonly PeerHeader Identified = Header with
    {
        Identity = new PeerIdentity(Group, Journal, new JournalIdentity(0x2122)),
    };

    private static readonly Configuration IdentifiedServers = new(
    [
        new Server(new ServerId("n1"), "akka.tcp://raft@10.0.0.1:4053") { Journal = Journal },
        new Server(new ServerId("n2"), "akka.tcp://raft@10.0.0.2:4053", Suffrage.Nonvoter) { RegainsVote = true },
    ],
    Group);

    private static readonly Configuration VersionedServers = IdentifiedServers.WithStateMachineVersion(300);

    private static readonly ImmutableArray<LogEntry> Entries =
    [
        new(127, 5, EntryKind.Noop, EncodedPayload.None, default, 1_700_000_000_000),
        new(128, 5, EntryKind.Command, new EncodedPayload(PayloadFormat.Bytes, Bytes("set x")), Bytes("ext"), 1_700_000_000_001),
        new(129, 300, EntryKind.Command, Samples.Codec.Encode(new Deposit("a", 7)), default, -1),
        new(130, 300, EntryKind.Configuration, ConfigurationCodec.Encode(Servers), default, 0),
        new(131, 300, EntryKind.Barrier, EncodedPayload.None, default, long.MaxValue),
    ];

    private static readonly ImmutableArray<LogEntry> SessionEntries =
    [
        new(127, 5, EntryKind.RegisterSession, new SessionLimits(600_000, 10_000, 256, 65_536, 67_108_864).Encode(), default, 1),
        new(128, 5, EntryKind.Command, new EncodedPayload(PayloadFormat.Bytes, Bytes("set x")), default, 2)
        {
            Session = new CommandSession(127, 70_000, 69_999),
        },
        new(129, 5, EntryKind.KeepSessionAlive, EncodedPayload.None, default, 3) { Session = new CommandSession(127, 5, 5) },
        new(130, 5, EntryKind.CloseSession, EncodedPayload.None, default, 4) { Session = new CommandSession(127, 1, 1) },
    ];

    private static readonly ImmutableArray<LogEntry> RestoreEntries =
    [
        new(127, 5, EntryKind.BeginRestore, RestoreFormat.Encode(new BeginRestore(65_541, 0xE306_9283)), default, 1),
        new(128, 5, EntryKind.RestoreBlock, RestoreFormat.Encode(new RestoreBlock(127, 65_536, Bytes("piece"))), default, 2),
        new(129, 5, EntryKind.CompleteRestore, RestoreFormat.Encode(new CompleteRestore(127) { IsChecked = true }), default, 3),
    ];

    private static readonly SnapshotDescriptor Content = new(130, 300, Servers, 130, 65_541, 0xE306_9283);

    /// <summary>The messages by a name of their own: the type's, and where there are several, what is special.</summary>
    public static readonly ImmutableArray<(string Name, object Message)> All =
    [
        ("RequestPreVote", new RequestPreVote(Header, 1000, 4)),
        ("PreVoteResponse", new PreVoteResponse(Header, 301, true)),
        ("RequestVote", new RequestVote(Header, 1000, 4, true)),
        ("VoteResponse", new VoteResponse(Header, false)),
        ("AppendEntries", new AppendEntries(Header, 17, 126, 4, Entries, 125)),
        ("AppendEntries/empty", new AppendEntries(Header, 18, 131, 300, [], 131)),
        ("AppendEntriesResponse", new AppendEntriesResponse(Header, 17, true, 131, 0, 0)),
        ("AppendEntriesResponse/conflict", new AppendEntriesResponse(Header, 17, false, 0, 4, 99)),
        ("Heartbeat", new Heartbeat(Header, 70_000)),
        ("HeartbeatResponse", new HeartbeatResponse(Header, long.MaxValue)),
        ("ForwardedRequest", new ForwardedRequest(Header, new Apply(new ReadOnlyMemory<byte>(Bytes("set y"))))),
        ("ForwardedRequest/barrier", new ForwardedRequest(Header, new ApplyBarrier { EnqueueTimeout = TimeSpan.FromSeconds(1) })),
        ("Apply",
            new Apply(new ReadOnlyMemory<byte>(Bytes("set z")))
            {
                Extensions = Bytes("e"),
                EnqueueTimeout = TimeSpan.FromMilliseconds(5),
            }),
        ("Apply/object", new Apply(Codec.Encode(new Deposit("a", 7)))),
        ("Apply/session", new Apply(new ReadOnlyMemory<byte>(Bytes("set z"))) { Session = new CommandSession(127, 2, 1) }),
        ("RegisterSession", new RegisterSession { EnqueueTimeout = TimeSpan.FromSeconds(1) }),
        ("KeepSessionAlive", new KeepSessionAlive(127, 3)),
        ("CloseSession", new CloseSession(127)),
        ("SessionRegistered", new SessionRegistered(127, TimeSpan.FromMinutes(10))),
        ("SessionKeptAlive", new SessionKeptAlive(127)),
        ("SessionClosed", new SessionClosed(127)),
        ("SessionExpired", new SessionExpired(127)),
        ("SessionLimitReached", new SessionLimitReached("too many")),
        ("DeadlinePassed", new DeadlinePassed(Outcome.Unknown, 3, "no server answered")),
        ("AnswerNotKept", new AnswerNotKept(127, 2, Outcome.Done)),
        ("ApplyBarrier", new ApplyBarrier()),
        ("VerifyLeader", new VerifyLeader()),
        ("Read", new Read(new ReadOnlyMemory<byte>(Bytes("get z")))),
        ("Read/object", new Read(new Deposit("b", -1), ReadConsistency.Stale)),
        ("Read/bounded",
            new Read(new ReadOnlyMemory<byte>(Bytes("get z")), ReadConsistency.Bounded)
            {
                MaxStaleness = TimeSpan.FromMilliseconds(250),
                Timeout = TimeSpan.FromSeconds(1),
            }),
        ("RequestReadIndex", new RequestReadIndex(Header, 70_000)),
        ("ReadIndexResponse", new ReadIndexResponse(Header, 70_000, 131)),
        ("ReadTimedOut", new ReadTimedOut(TimeSpan.FromSeconds(5))),
        ("TooStale", new TooStale(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(5))),
        ("TooStale/unknown", new TooStale(null, TimeSpan.FromSeconds(5))),
        ("ReadResult/bounded", new ReadResult(128, "text") { Staleness = TimeSpan.FromMilliseconds(120) }),
        ("GetLeader", new GetLeader()),
        ("GetStatus", new GetStatus()),
        ("Shutdown", new Shutdown()),
        ("TimeoutNow", new TimeoutNow(Header)),
        ("TransferLeadership", new TransferLeadership(new ServerId("n2"))),
        ("TransferLeadership/any", new TransferLeadership()),
        ("LeadershipTransferred", new LeadershipTransferred(new ServerId("n2"), 301)),
        ("LeadershipTransferFailed", new LeadershipTransferFailed("n2 was not elected in time", Outcome.Unknown)),
        ("Bootstrap", new Bootstrap(Servers)),
        ("GetConfiguration", new GetConfiguration()),
        ("AddVoter",
            new AddVoter(new ServerId("n4"), "akka.tcp://raft@10.0.0.4:4053")
            {
                PreviousIndex = 130,
                CatchUpTimeout = TimeSpan.FromSeconds(9),
            }),
        ("AddVoter/forced", new AddVoter(new ServerId("n4"), "akka.tcp://raft@10.0.0.4:4053") { Force = true }),
        ("AddNonvoter/forced", new AddNonvoter(new ServerId("n4"), "akka.tcp://raft@10.0.0.4:4053") { Force = true }),
        ("DemoteVoter/forced", new DemoteVoter(new ServerId("n4")) { PreviousIndex = 130, Force = true }),
        ("RemoveServer/forced", new RemoveServer(new ServerId("n4")) { Force = true }),
        ("AddVoter/plain", new AddVoter(new ServerId("n4"), "akka.tcp://raft@10.0.0.4:4053")),
        ("AddNonvoter", new AddNonvoter(new ServerId("n4"), "akka.tcp://raft@10.0.0.4:4053") { PreviousIndex = 130 }),
        ("DemoteVoter", new DemoteVoter(new ServerId("n4")) { PreviousIndex = 130 }),
        ("RemoveServer", new RemoveServer(new ServerId("n4"))),
        ("ConfigurationInfo", new ConfigurationInfo(130, Servers, true)),
        ("ConfigurationChanged", new ConfigurationChanged(130, Servers)),
        ("ConfigurationRefused", new ConfigurationRefused("n4 is the last voter")),
        ("Applied", new Applied(128, 5, new ReadOnlyMemory<byte>(Bytes("ok")))),
        ("Applied/null", new Applied(128, 5, null)),
        ("Applied/object", new Applied(128, 5, "text")),
        ("ReadResult", new ReadResult(128, new Account("c", [new Deposit("c", 1), new Deposit("c", 2)]))),
        ("LeaderVerified", new LeaderVerified(5, 128)),
        ("LeaderInfo", new LeaderInfo(5, new ServerId("n1"), "akka.tcp://raft@10.0.0.1:4053")),
        ("LeaderInfo/none", new LeaderInfo(5, default, null)),
        ("RaftStatus", new RaftStatus(
            "bank", new ServerId("n1"), RaftRole.Leader, 300, new ServerId("n1"), new ServerId("n1"),
            "akka.tcp://raft@10.0.0.1:4053",
            131, 130, 1, 132, 300, 131, Servers, 3, null,
            [new FollowerStatus(new ServerId("n2"), ProgressState.Replicate, 131, 132, TimeSpan.FromMilliseconds(12))])),
        ("RaftStatus/follower", new RaftStatus(
            "bank", new ServerId("n2"), RaftRole.Follower, 300, default, default, null,
            0, 0, 0, 0, 0, 0, Configuration.Empty, 0, TimeSpan.FromSeconds(2), [])),
        ("ShutdownComplete", new ShutdownComplete()),
        ("NotLeader", new NotLeader(new ServerId("n2"), "akka.tcp://raft@10.0.0.2:4053")),
        ("NotLeader/none", new NotLeader(default, null)),
        ("EnqueueTimedOut", new EnqueueTimedOut(TimeSpan.FromMilliseconds(250))),
        ("Overloaded", new Overloaded(16384, TimeSpan.FromMilliseconds(10))),
        ("TooLarge", new TooLarge(200_000, 98_304)),
        ("InvalidRequest", new InvalidRequest("the type 'X' is not listed \u2713")),
        ("LeadershipLost", new LeadershipLost(128, 5)),
        ("LeadershipLost/read", new LeadershipLost(0, 5)),
        ("LeadershipTransferInProgress", new LeadershipTransferInProgress()),
        ("StorageFailed", new StorageFailed("disk full", Outcome.Unknown)),
        ("StateMachineFailed", new StateMachineFailed(128, "no cover", Outcome.Unknown)),
        ("ShuttingDown", new ShuttingDown(Outcome.NotDone)),
        ("Unavailable", new Unavailable("it reads its journal")),
        ("AppendEntriesResponse/needs-snapshot", new AppendEntriesResponse(Header, 17, true, 131, 0, 0, true)),
        ("InstallSnapshot", new InstallSnapshot(Header, 3, Content, 65_536, Bytes("piece"))),
        ("InstallSnapshotResponse", new InstallSnapshotResponse(Header, 3, InstallStatus.Installed, 65_541)),
        ("TakeSnapshot", new TakeSnapshot()),
        ("SnapshotTaken", new SnapshotTaken(130, 300, 65_541)),
        ("SnapshotNotTaken", new SnapshotNotTaken("one is under way")),
        ("BeginRestore", new BeginRestore(65_541, 0xE306_9283)),
        ("RestoreBlock", new RestoreBlock(127, 65_536, Bytes("piece"))),
        ("CompleteRestore", new CompleteRestore(127)),
        ("RestoreBegun", new RestoreBegun(127, 65_536)),
        ("RestoreBlockTaken", new RestoreBlockTaken(127, 65_541)),
        ("SnapshotRestored", new SnapshotRestored(129, 5, 65_541)),
        ("RestoreRefused", new RestoreRefused("another is under way", Outcome.NotDone)),
        ("ReadSnapshot", new ReadSnapshot(7, 65_536)),
        ("SnapshotPiece", new SnapshotPiece(7, Content, 65_536, Bytes("piece"))),
        ("ReadChanges", new ReadChanges(131, Bytes("user/")) { Wait = TimeSpan.FromSeconds(1) }),
        ("ChangesRead",
            new ChangesRead(140, [new KeyChange(131, Bytes("user/1"), Bytes("a")), new KeyChange(139, Bytes("user/2"), null)])),
        ("ChangesRead/empty", new ChangesRead(141, [])),
        ("ChangesForgotten", new ChangesForgotten(130)),
        ("SnapshotNotFound", new SnapshotNotFound("this server has no snapshot yet")),
        ("RaftStatus/transfer", new RaftStatus(
            "bank", new ServerId("n1"), RaftRole.Leader, 300, new ServerId("n1"), new ServerId("n1"),
            "akka.tcp://raft@10.0.0.1:4053",
            131, 130, 121, 132, 300, 131, Servers, 3, null,
            [new FollowerStatus(new ServerId("n2"), ProgressState.Snapshot, 0, 1, null) { Transfer = new SnapshotTransfer(
                130, 65_536, 65_541) }])
        {
            Snapshot = new SnapshotStatus(130, 300, 65_541),
            Restore = new RestoreStatus(127, 65_536, 131_072),
        }),
        ("DescribeServer", new DescribeServer()),
        ("ServerDescription", new ServerDescription(new ServerId("n1"), "akka.tcp://raft@10.0.0.1:4053", 3, false, Servers)),
        ("ServerDescription/empty",
            new ServerDescription(new ServerId("n1"), "akka.tcp://raft@10.0.0.1:4053", 0, true, Configuration.Empty)
            {
                PledgedTo = new ServerId("n3"),
            }),
        ("PledgeBootstrap", new PledgeBootstrap(new ServerId("n1"), Servers)),
        ("BootstrapPledged", new BootstrapPledged(new ServerId("n2"), new ServerId("n1"))),
        ("ReloadSettings", new ReloadSettings { ElectionTimeout = TimeSpan.FromSeconds(2), SnapshotThresholdEntries = 100 }),
        ("SettingsReloaded", new SettingsReloaded(new ReloadSettings
        {
            HeartbeatTimeout = TimeSpan.FromSeconds(1),
            ElectionTimeout = TimeSpan.FromSeconds(2),
            LeaderLeaseTimeout = TimeSpan.FromMilliseconds(500),
            SnapshotInterval = TimeSpan.FromMinutes(2),
            SnapshotThresholdEntries = 8192,
            SnapshotThresholdBytes = 64 << 20,
            TrailingEntries = 10_240,
            TrailingBytes = 64 << 20,
        })),
        ("SettingsRefused", new SettingsRefused("raft.election-timeout = '1 ms': must not be below")),
        ("SafetyBroken", new SafetyBroken(300, "why")),
        ("SafetyRestored", new SafetyRestored()),
        ("SnapshotBegun", new SnapshotBegun(7)),
        ("SnapshotCompleted", new SnapshotCompleted(
            [new StoredSnapshot(Content, 7, 2, 40_000), new StoredSnapshot(
                Content with { Index = 100, Bytes = 9 },
                5,
                1,
                40_000)],
            true, 300, new ServerId("n2"))),
        ("SnapshotChunk", new SnapshotChunk(7, 2, Bytes("chunk"))),
        ("JournalIdentified", new JournalIdentified(Journal, Group)),
        ("JournalIdentified/no-group", new JournalIdentified(Journal, default)),
        ("EntriesAppended/identified",
            new EntriesAppended(
                [new LogEntry(1, 1, EntryKind.Configuration, ConfigurationCodec.Encode(IdentifiedServers), default, 0)])),
        ("SnapshotCompleted/identified", new SnapshotCompleted(
            [new StoredSnapshot(new SnapshotDescriptor(130, 300, IdentifiedServers, 130, 65_541, 0xE306_9283), 3, 2, 65_536)],
            false, 300, new ServerId("n2"))
        {
            Journal = Journal,
            Group = Group,
        }),
        ("RequestFounding", new RequestFounding(Identified, Servers)),
        ("RequestPledge", new RequestPledge(Identified, Servers)),
        ("PledgeResponse", new PledgeResponse(Identified, null)),
        ("PledgeResponse/refused", new PledgeResponse(Identified, "server n2 has state already")),
        ("BeginGroup", new BeginGroup(Identified, IdentifiedServers)),
        ("Heartbeat/identified", new Heartbeat(Identified, 300)),
        ("Heartbeat/asks", new Heartbeat(Identified, 300) { KnownAbilities = 0x1122_3344_5566_7788 }),
        ("HeartbeatResponse/known", new HeartbeatResponse(Identified, 300) { AbilitiesDigest = 0x1122_3344_5566_7788 }),
        ("HeartbeatResponse/announces", new HeartbeatResponse(Identified, 300)
        {
            AbilitiesDigest = 0x1122_3344_5566_7788,
            Abilities = new Abilities("1.2.3", 9, [5, 0xFFFF_FFFF_FFFF_FFFF]),
        }),
        ("HeartbeatResponse/state", new HeartbeatResponse(Identified, 300)
        {
            AbilitiesDigest = 0x1122_3344_5566_7788,
            Abilities = new Abilities("1.2.3", 10, [5]),
            State = new StateReport(300, 301),
        }),
        ("RaftStatus/failure", new RaftStatus(
            "bank", new ServerId("n1"), RaftRole.Follower, 300, default, new ServerId("n2"), null, 131, 127, 1, 132, 300, 131,
            Servers, 0, null, [])
        {
            NotServing = "the state machine threw at entry 128 of term 5: no cover",
            Software = "1.2.3",
            Failure = new StateMachineFailure(128, 5, "no cover"),
        }),
        ("SkipEntry", new SkipEntry(128, 5)),
        ("EntrySkipped", new EntrySkipped(128, 5, 131)),
        ("SkipRefused", new SkipRefused("server n2 has applied entry 128")),
        ("CommandSkipped", new CommandSkipped(128)),
        ("EntriesAppended/skip",
            new EntriesAppended([new LogEntry(131, 300, EntryKind.SkipEntry, SkippedEntry.Encode(128, 5), default, 1)])),
        ("RaftStatus/software", new RaftStatus(
            "bank", new ServerId("n1"), RaftRole.Leader, 300, new ServerId("n1"), new ServerId("n1"), null,
            131, 130, 1, 132, 300, 131, Servers, 3, null,
            [
                new FollowerStatus(new ServerId("n2"), ProgressState.Replicate, 131, 132, null)
                {
                    Software = "1.2.2",
                    LacksTypes = 1,
                },
                new FollowerStatus(new ServerId("n3"), ProgressState.Probe, 0, 1, null),
            ])
        {
            Software = "1.2.3",
        }),
        ("HeartbeatResponse/version", new HeartbeatResponse(Identified, 300)
        {
            AbilitiesDigest = 0x1122_3344_5566_7788,
            Abilities = new Abilities("1.2.3", 9, [5], 300),
        }),
        ("HeartbeatResponse/not-serving",
            new HeartbeatResponse(Identified, 300) { AbilitiesDigest = 0x1122_3344_5566_7788, NotServing = "why" }),
        ("Apply/minimum-version", new Apply(new ReadOnlyMemory<byte>(Bytes("set x"))) { MinimumVersion = 300 }),
        ("EntriesAppended/version",
            new EntriesAppended(
                [new LogEntry(9, 1, EntryKind.Configuration, ConfigurationCodec.Encode(VersionedServers), default, 0)])),
        ("SnapshotCompleted/version", new SnapshotCompleted(
            [new StoredSnapshot(new SnapshotDescriptor(130, 300, VersionedServers, 130, 65_541, 0xE306_9283), 3, 2, 65_536)],
            false, 300, new ServerId("n2"))
        {
            Journal = Journal,
            Group = Group,
        }),
        ("ConfigurationInfo/members", new ConfigurationInfo(9, VersionedServers, true)
        {
            Members =
            [
                new MemberStatus(new ServerId("n1"))
                {
                    Software = "1.2.3",
                    HighestEntryKind = 9,
                    StateMachineVersion = 300,
                    LacksTypes = 3,
                    LackedTypes = ["Bank.Deposit, Bank"],
                },
                new MemberStatus(new ServerId("n2")) { NotServing = "why", WaitsToVote = "it serves nobody: why" },
            ],
        }),
        ("ConfigurationInfo/identified", new ConfigurationInfo(1, IdentifiedServers, true)),
        ("HardStateChanged", new HardStateChanged(300, new ServerId("n2"))),
        ("HardStateChanged/no-vote", new HardStateChanged(301, default)),
        ("EntriesAppended", new EntriesAppended(Entries)),
        ("EntriesAppended/sessions", new EntriesAppended(SessionEntries)),
        ("EntriesAppended/restore", new EntriesAppended(RestoreEntries)),
    ];

    public static readonly Configuration Configuration = Servers;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

public sealed record Deposit(string Account, long Amount);

public sealed record Account(string Name, ImmutableList<Deposit> Deposits);

public sealed record Unlisted(string Text);
