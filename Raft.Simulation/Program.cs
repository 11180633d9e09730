using Raft.Simulation.Commands;

try
{
    return args switch
    {
        ["run", .. var options] => RunCommand.Run(options),
        ["replay", .. var options] => ReplayCommand.Run(options),
        ["shrink", .. var options] => ShrinkCommand.Run(options),
        ["scenario", .. var options] => ScenariosCommand.Run(options),
        ["hashes", .. var options] => HashesCommand.Run(options),
        ["mutations", .. var options] => MutationsCommand.Run(options),
        _ => throw new UsageException("which command?"),
    };
}
catch (UsageException mistake)
{
    Console.Error.WriteLine(mistake.Message);
    if (args is ["run" or "replay" or "shrink" or "scenario" or "hashes" or "mutations", ..])
    {
        return 2;
    }

    Console.Error.WriteLine(
        """

        usage: dotnet run -c Release --project Raft.Simulation -- COMMAND

          run [--seeds N] [--time S] [--from SEED] [--parallel P] [--seconds S] [--until-violation]
                           runs N seeds of --seconds virtual seconds each (1000 seeds of 60 s), P at a time; with --time,
                           begins none after that many real seconds; exits with 1 if one of them breaks a rule
          replay SEED      runs one seed and prints what happened
          shrink SEED      looks for a small part of what befalls the seed that still breaks the rule; exits with 1 if it breaks one
                           replay and shrink take a part of a seed: --faults N,N,... (or none), --clients N, --keys N, --until S,
                           --luck N (the same faults, with all else drawn anew)
          scenario [FILE...] [--trace]
                           runs scenario files (all of Raft.Simulation/Scenarios if none is named); exits with 1 if one fails
          hashes FROM N    prints the trace hash of each of N seeds, to be compared with another process's
          hashes --check [--parallel P]
                           runs the seeds of Raft.Simulation/Traces/hashes.txt and compares their hashes; exits with 1 if one differs
          mutations [--seeds N] [--only TEXT]
                           puts bugs into a copy of the library, one by one, and counts the seeds until each is found;
                           exits with 1 if one is not found
        """);
    return 2;
}
