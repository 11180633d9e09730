using System.Collections.Immutable;

namespace Raft.Host.CommandLine;

/// <summary>What the command line asks for.</summary>
internal abstract record CommandLineArguments
{
    private const string ConfigOption = "--config";

    private CommandLineArguments()
    {
    }

    /// <summary>A whole group in this process.</summary>
    /// <param name="Files">Configuration files, the later winning.</param>
    public sealed record Development(ImmutableArray<string> Files) : CommandLineArguments;

    /// <summary>One server.</summary>
    /// <param name="Files">Configuration files, the later winning.</param>
    public sealed record Node(ImmutableArray<string> Files) : CommandLineArguments;

    /// <summary>Asks a running server whether it is ready.</summary>
    /// <param name="Url">Where; null takes the server that the environment describes.</param>
    public sealed record HealthCheck(Uri? Url) : CommandLineArguments;

    /// <summary>Explains the host.</summary>
    public sealed record Help : CommandLineArguments;

    /// <summary>Names the host's version.</summary>
    public sealed record Version : CommandLineArguments;

    /// <summary>Nothing that the host understands.</summary>
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
            return new Development([]);
        }

        var rest = arguments.Skip(1).ToList();
        return arguments[0] switch
        {
            "--version" => rest.Count == 0 ? new Version() : Unexpected(rest[0]),
            "help" => new Help(),
            "dev" => WithFiles(rest, static files => new Development(files)),
            "node" => WithFiles(rest, static files => new Node(files)),
            "healthcheck" => ParseHealthCheck(rest),
            var option when option.StartsWith('-') => new Invalid($"the option '{option}' is unknown"),
            var command => new Invalid($"the command '{command}' is unknown"),
        };
    }

    private static CommandLineArguments WithFiles(List<string> arguments, Func<ImmutableArray<string>, CommandLineArguments> make)
    {
        var files = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument.StartsWith(ConfigOption + "=", StringComparison.Ordinal))
            {
                files.Add(argument[(ConfigOption.Length + 1)..]);
            }
            else if (argument != ConfigOption)
            {
                return Unexpected(argument);
            }
            else if (++i < arguments.Count)
            {
                files.Add(arguments[i]);
            }
            else
            {
                return new Invalid($"{ConfigOption} must be followed by a file");
            }
        }

        return files.Any(static file => file.Length == 0) ? new Invalid($"{ConfigOption} must name a file") : make(files.ToImmutable());
    }

    private static CommandLineArguments ParseHealthCheck(List<string> arguments) => arguments switch
    {
        [] => new HealthCheck(null),
        [var text] when Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme is "http" or "https") => new HealthCheck(url),
        [var text] => text.StartsWith('-') ? Unexpected(text) : new Invalid($"'{text}' is not a URL such as http://127.0.0.1:8080"),
        _ => Unexpected(arguments[1]),
    };

    private static Invalid Unexpected(string argument) => argument.StartsWith('-')
        ? new Invalid($"the option '{argument}' is unknown here")
        : new Invalid($"the argument '{argument}' is not expected here");
}
