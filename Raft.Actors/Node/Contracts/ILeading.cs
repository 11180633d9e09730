namespace Raft.Actors.Node.Contracts;

/// <summary>What a node that leads does for the parts that every node has.</summary>
internal interface ILeading
{
    /// <summary>The numbers of the snapshots that are on their way to followers. They must stay in the store.</summary>
    IEnumerable<long> SnapshotsOnTheirWay { get; }

    /// <summary>For each follower that needs entries: the index after which they begin. They must stay in the log.</summary>
    IEnumerable<long> NeededFrom { get; }

    /// <summary>A transfer of which the follower has nothing yet goes on with the newest snapshot.</summary>
    void RenewTransfers();

    /// <summary>The group has got its identity: replicators and heartbeats begin anew, with messages that name it.</summary>
    void RestartFollowers();

    /// <summary>Takes in commands that wait, as far as there is room for them now.</summary>
    void AcceptWaiting();
}
