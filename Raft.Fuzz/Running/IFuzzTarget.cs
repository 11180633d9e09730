namespace Raft.Fuzz.Running;

/// <summary>A way into RaftAkka, and what must hold whatever comes in by it.</summary>
internal interface IFuzzTarget
{
    /// <summary>Its name, as it is typed.</summary>
    string Name { get; }

    /// <summary>Makes one input out of the luck that it is given, and tries it.</summary>
    /// <exception cref="FuzzFindingException">The input did what no input may do; the message says what.</exception>
    Task TryAsync(Random luck);

    /// <summary>Looks at what only shows after many inputs: what they changed, and how much memory they took.</summary>
    /// <exception cref="FuzzFindingException">Something has changed, or too much memory is gone.</exception>
    Task CheckAsync();
}
