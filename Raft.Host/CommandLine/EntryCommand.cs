namespace Raft.Host.CommandLine;

/// <summary>
/// Has a running group skip an entry that its state machines cannot apply, by one HTTP request, as <see
/// cref="MemberCommand"/> does.
/// </summary>
internal static class EntryCommand
{
    /// <summary>Reads the arguments after <c>entry</c>.</summary>
    public static CommandLineArguments Parse(IReadOnlyList<string> arguments)
    {
        if (!CommandOptions.TryParse(arguments, ["--url"], [], words: 3, out var options, out var error))
        {
            return new CommandLineArguments.Invalid(error);
        }

        if (!MemberCommand.TryUrl(options.Last("--url"), out var url))
        {
            return new CommandLineArguments.Invalid(
                $"--url '{options.Last("--url")}' is not a URL such as http://127.0.0.1:8080");
        }

        return options.Words is ["skip", var index, var term]
            ? new CommandLineArguments.Member(
                HttpMethod.Post, new Uri(url, $"/entries/{Uri.EscapeDataString(index)}/skip?term={Uri.EscapeDataString(term)}"))
            : new CommandLineArguments.Invalid("use entry skip INDEX TERM, as /status names them");
    }
}
