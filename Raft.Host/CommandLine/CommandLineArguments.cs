using System.Collections.Immutable;
using System.Globalization;
using Raft.Host.Certificates;

namespace Raft.Host.CommandLine;

/// <summary>The command that the command line asks for, with its options.</summary>
internal abstract record CommandLineArguments
{
    private const string ConfigOption = "--config";
    private const string InsecureOption = "--insecure";

    private CommandLineArguments()
    {
    }

    /// <summary>Runs a whole group in this process.</summary>
    /// <param name="Files">Configuration files; a later one wins.</param>
    /// <param name="IsInsecure">Whether it may listen beyond this machine without protection.</param>
    public sealed record Development(ImmutableArray<string> Files, bool IsInsecure) : CommandLineArguments;

    /// <summary>Runs one server.</summary>
    /// <param name="Files">Configuration files; a later one wins.</param>
    /// <param name="IsInsecure">Whether it may listen beyond this machine without protection.</param>
    public sealed record Node(ImmutableArray<string> Files, bool IsInsecure) : CommandLineArguments;

    /// <summary>Asks a running server whether it is ready.</summary>
    /// <param name="Url">The server; null: the server that the environment describes.</param>
    public sealed record HealthCheck(Uri? Url) : CommandLineArguments;

    /// <summary>Prints the journal of a stopped server.</summary>
    /// <param name="Files">Configuration files; a later one wins.</param>
    /// <param name="From">The first index to list; null: from the beginning.</param>
    /// <param name="To">The last index to list; null: to the end.</param>
    /// <param name="Last">List only this many entries, the last ones; null: all.</param>
    /// <param name="AsJson">Whether to print JSON.</param>
    public sealed record Inspect(ImmutableArray<string> Files, long? From, long? To, long? Last, bool AsJson)
        : CommandLineArguments;

    /// <summary>Gives a stopped server another configuration.</summary>
    /// <param name="Files">Configuration files; a later one wins.</param>
    /// <param name="Servers">The new configuration, as <c>n1@host:port,...</c>; or null.</param>
    /// <param name="PeersFile">The file with the new configuration; or null.</param>
    /// <param name="IsConfirmed">True: do it. False: only say what it would do.</param>
    public sealed record Recover(ImmutableArray<string> Files, string? Servers, string? PeersFile, bool IsConfirmed)
        : CommandLineArguments;

    /// <summary>Readmits a stopped server that has found the group's safety broken.</summary>
    /// <param name="Files">Configuration files; a later one wins.</param>
    /// <param name="IsConfirmed">True: do it. False: only say what was found.</param>
    public sealed record Readmit(ImmutableArray<string> Files, bool IsConfirmed) : CommandLineArguments;

    /// <summary>Asks a running server for its group's members, or for a change of them.</summary>
    /// <param name="Method">The request's method.</param>
    /// <param name="Url">The request's URL.</param>
    public sealed record Member(HttpMethod Method, Uri Url) : CommandLineArguments;

    /// <summary>Copies a running group's state into a file, or back.</summary>
    /// <param name="Url">A server of the group.</param>
    /// <param name="File">The file.</param>
    /// <param name="IsImport">True: the file's state replaces the group's. False: the file is written.</param>
    /// <param name="From">The group that the file belongs to, if that is another one.</param>
    /// <param name="IsConfirmed">For an import. True: do it. False: only say what it would do.</param>
    public sealed record Snapshot(Uri Url, string File, bool IsImport, string? From, bool IsConfirmed) : CommandLineArguments;

    /// <summary>Makes the certificates of a group.</summary>
    /// <param name="Directory">The directory to write to.</param>
    /// <param name="AuthorityDirectory">The directory of the authority and its key.</param>
    /// <param name="Group">The group's name.</param>
    /// <param name="Owners">The servers and clients that get a certificate.</param>
    /// <param name="Days">How many days they are valid.</param>
    /// <param name="Renew">Whether to replace existing certificates.</param>
    public sealed record Certificates(
        string Directory, string AuthorityDirectory, string Group, ImmutableArray<CertificateOwner> Owners, int Days, bool Renew)
        : CommandLineArguments;

    /// <summary>Prints the help text.</summary>
    public sealed record Help : CommandLineArguments;

    /// <summary>Prints the host's version.</summary>
    public sealed record Version : CommandLineArguments;

    /// <summary>A command line that the host does not understand.</summary>
    /// <param name="Error">What is wrong with it.</param>
    public sealed record Invalid(string Error) : CommandLineArguments;

    public static CommandLineArguments Parse(IReadOnlyList<string> arguments)
    {
        if (arguments.Any(static argument => argument is "--help" or "-h"))
        {
            return new Help();
        }

        if (arguments.Count == 0)
        {
            return new Development([], IsInsecure: false);
        }

        var rest = arguments.Skip(1).ToList();
        return arguments[0] switch
        {
            "--version" => rest.Count == 0 ? new Version() : Unexpected(rest[0]),
            "help" => new Help(),
            "dev" => Running(rest, static (files, isInsecure) => new Development(files, isInsecure)),
            "node" => Running(rest, static (files, isInsecure) => new Node(files, isInsecure)),
            "healthcheck" => ParseHealthCheck(rest),
            "member" => MemberCommand.Parse(rest),
            "snapshot" => SnapshotCommand.Parse(rest),
            "entry" => EntryCommand.Parse(rest),
            "certificates" => CertificatesCommand.Parse(rest),
            "inspect" => ParseInspect(rest),
            "recover" => ParseRecover(rest),
            "readmit" => ParseReadmit(rest),
            var option when option.StartsWith('-') => new Invalid($"the option '{option}' is unknown"),
            var command => new Invalid($"the command '{command}' is unknown"),
        };
    }

    private static CommandLineArguments Running(
        List<string> arguments, Func<ImmutableArray<string>, bool, CommandLineArguments> make) =>
        CommandOptions.TryParse(arguments, [ConfigOption], [InsecureOption], words: 0, out var options, out var error)
            ? make(options.All(ConfigOption), options.Has(InsecureOption))
            : new Invalid(error);

    private static CommandLineArguments ParseInspect(List<string> arguments)
    {
        ReadOnlySpan<string> valued = [ConfigOption, "--from", "--to", "--last"];
        if (!CommandOptions.TryParse(arguments, valued, ["--json"], words: 0, out var options, out var error))
        {
            return new Invalid(error);
        }

        foreach (var name in (string[])["--from", "--to", "--last"])
        {
            if (options.Last(name) is { } text && Number(text) is null)
            {
                return new Invalid($"{name} '{text}' is not a number above 0");
            }
        }

        return new Inspect(
            options.All(ConfigOption),
            Number(options.Last("--from")),
            Number(options.Last("--to")),
            Number(options.Last("--last")),
            options.Has("--json"));
    }

    private static CommandLineArguments ParseRecover(List<string> arguments)
    {
        ReadOnlySpan<string> valued = [ConfigOption, "--servers", "--peers"];
        if (!CommandOptions.TryParse(arguments, valued, ["--yes"], words: 0, out var options, out var error))
        {
            return new Invalid(error);
        }

        var servers = options.Last("--servers");
        var peers = options.Last("--peers");
        return (servers is null) == (peers is null)
            ? new Invalid("recover needs the new configuration: either --servers n1@host:port,... or --peers FILE")
            : new Recover(options.All(ConfigOption), servers, peers, options.Has("--yes"));
    }

    private static CommandLineArguments ParseReadmit(List<string> arguments) =>
        CommandOptions.TryParse(arguments, [ConfigOption], ["--yes"], words: 0, out var options, out var error)
            ? new Readmit(options.All(ConfigOption), options.Has("--yes"))
            : new Invalid(error);

    private static long? Number(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    private static CommandLineArguments ParseHealthCheck(List<string> arguments) => arguments switch
    {
        [] => new HealthCheck(null),
        [var text] when Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https") =>
            new HealthCheck(url),
        [var text] => text.StartsWith('-')
            ? Unexpected(text)
            : new Invalid($"'{text}' is not a URL such as http://127.0.0.1:8080"),
        _ => Unexpected(arguments[1]),
    };

    private static Invalid Unexpected(string argument) => argument.StartsWith('-')
        ? new Invalid($"the option '{argument}' is unknown here")
        : new Invalid($"the argument '{argument}' is not expected here");
}
