namespace Raft.Simulation.Clients;

/// <summary>A client, as the code that runs the world sees it.</summary>
internal interface ISimulatedClient
{
    /// <summary>Whether its last operation, which it tried until it was done, is done.</summary>
    bool IsFinished { get; }

    /// <summary>What it waits for, for a report.</summary>
    string Waits { get; }

    /// <summary>From now on there are no faults: it tries one thing until it is done.</summary>
    void Finish();
}
