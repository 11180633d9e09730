namespace Raft.Host.CommandLine;

/// <summary>What the process says at its end.</summary>
internal static class ExitCode
{
    /// <summary>Did what it was asked to.</summary>
    public const int Success = 0;

    /// <summary>Could not start, or failed.</summary>
    public const int Failure = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;
}

/// <summary>Puts a message on one line, whatever is in it.</summary>
internal static class OneLine
{
    public static string Of(string message) =>
        string.Join(" ", message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
