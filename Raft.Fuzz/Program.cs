using Raft.Fuzz;
using Raft.Fuzz.Running;
using Raft.Fuzz.Targets;

try
{
    var arguments = FuzzArguments.Parse(args);
    await using var targets = new TargetList();
    var failed = false;
    foreach (var name in arguments.Targets.Count > 0 ? arguments.Targets : TargetList.Names)
    {
        // Said first: a run that dies of its memory says nothing any more.
        Console.WriteLine($"{name}: inputs from seed {arguments.Seed} on");
        var report = await Fuzzer.RunAsync(await targets.FindAsync(name), arguments.Seed, arguments.Inputs, arguments.Time);
        failed |= report.Finding is not null;
        Console.WriteLine(report);
    }

    return failed ? 1 : 0;
}
catch (FormatException mistake)
{
    Console.Error.WriteLine($"{mistake.Message}{Environment.NewLine}{Environment.NewLine}{FuzzArguments.Usage}");
    return 2;
}
