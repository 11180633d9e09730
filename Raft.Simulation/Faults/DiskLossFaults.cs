using Raft.Actors.Model;

namespace Raft.Simulation.Faults;

/// <summary>
/// A server loses its disk and comes back with an empty one. One after the other, as the docs allow it: each voter is a voter
/// again, with the journal that it has, before the next one is struck.
/// </summary>
internal sealed record DiskLoss(ServerId Server, TimeSpan Down) : Fault
{
    protected override string What => $"{Server} loses its disk, start it with an empty one after {Text(Down)}";

    public override void Strike(Nemesis nemesis)
    {
        var server = nemesis.Cluster.Server(Server);
        if (nemesis.Cluster.MayLoseDisk(server))
        {
            nemesis.Cluster.LoseDisk(server, Down);
        }
    }
}

/// <summary>A disk that was lost is found again, and put back.</summary>
internal sealed record DiskReturn(ServerId Server, TimeSpan Down) : Fault
{
    protected override string What => $"{Server} gets its earlier disk back, start it after {Text(Down)}";

    public override void Strike(Nemesis nemesis)
    {
        var server = nemesis.Cluster.Server(Server);
        if (nemesis.Cluster.MayLoseDisk(server) && server.EarlierDisk is { IsForeign: false })
        {
            nemesis.Cluster.ReturnDisk(server, Down);
        }
    }
}

/// <summary>
/// A server is started with another group's data, until somebody notices and gives it its own disk back. One at a time: a
/// majority of the other group's servers would be that group.
/// </summary>
internal sealed record ForeignDisk(ServerId Server, bool IsIdentified, TimeSpan Down, TimeSpan For) : Fault
{
    protected override string What =>
        $"{Server} is started after {Text(Down)} with the data of another "
            + $"group{(IsIdentified ? string.Empty : " without an identity")}, for {Text(For)}";

    public override void Strike(Nemesis nemesis)
    {
        var server = nemesis.Cluster.Server(Server);
        if (nemesis.Cluster.Servers.Exists(static other => other.Disk.IsForeign) || nemesis.Cluster.Rules.Configuration.IsEmpty)
        {
            return;
        }

        nemesis.Cluster.MountForeignDisk(server, Down, IsIdentified);
        nemesis.Later(Down + For, () => nemesis.Cluster.ReturnDisk(server, Down));
    }
}
