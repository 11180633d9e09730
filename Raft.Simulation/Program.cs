using Raft.Simulation.Commands;

return args switch
{
    ["run", .. var options] => RunCommand.Run(options),
    ["replay", var seed] => ReplayCommand.Run(seed, showsText: true),
    ["hashes", var from, var count] => ReplayCommand.Hashes(from, count),
    ["mutations", .. var options] => MutationsCommand.Run(options),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        usage: dotnet run -c Release --project Raft.Simulation -- COMMAND

          run --seeds N [--from SEED] [--parallel P] [--seconds S] [--until-violation]
                           runs seeds of S virtual seconds each; exits with 1 if one of them breaks a rule
          replay SEED      runs one seed and prints what happened
          hashes FROM N    prints the trace hash of each seed, to be compared with another process's
          mutations [--seeds N] [--only TEXT]
                           puts bugs into a copy of the library, one by one, and counts the seeds until each is found
        """);
    return 2;
}
