using System.Globalization;
using System.Text;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using LogLevel = Akka.Event.LogLevel;

namespace Raft.Host.Hosting;

/// <summary>
/// Writes the log events of actors to standard output, one line each, with the server's id in it. It leaves out information
/// of Akka.Remote and of the shutdown. It paces Akka.Remote's warnings, because Akka.Remote warns of an absent peer at each
/// attempt, twice a second.
/// </summary>
internal sealed class LineLogger : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>A longer line is cut, because it may hold text that somebody else wrote.</summary>
    public const int MaxLength = 8192;

    private readonly string _server = Context.System.Settings.Config.GetString("raft.server-id", "-");
    private readonly RemoteWarnings _remoteWarnings = new();

    public LineLogger()
    {
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(log =>
        {
            if (IsWorthALine(log, out var leftOut))
            {
                var others = leftOut == 0 ? string.Empty : $" ({leftOut} more of this kind were left out)";
                Console.Out.WriteLine(Line(log, _server) + others);
            }
        });
    }

    /// <summary>An event as exactly one line, whatever it contains.</summary>
    public static string Line(LogEvent log, string server)
    {
        var line = new StringBuilder()
            .Append(log.Timestamp.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))
            .Append(' ').Append(Level(log.LogLevel()))
            .Append(' ').Append(server)
            .Append(' ').Append(Source(log))
            .Append(": ").Append(Text(log));
        if (log.Cause is { } cause && !IsOfRemoting(log))
        {
            line.Append(" | ").Append(
                log.LogLevel() == LogLevel.ErrorLevel ? cause.ToString() : $"{cause.GetType().Name}: {cause.Message}");
        }

        return Clean(line.Replace("\r", string.Empty).Replace("\n", " | "));
    }

    /// <summary>Shows control characters as question marks, so that text written by others cannot harm a terminal.</summary>
    private static string Clean(StringBuilder line)
    {
        if (line.Length > MaxLength)
        {
            line.Remove(MaxLength, line.Length - MaxLength).Append('…');
        }

        for (var place = 0; place < line.Length; place++)
        {
            line[place] = char.IsControl(line[place]) && line[place] != '\t' ? '?' : line[place];
        }

        return line.ToString();
    }

    private static string Text(LogEvent log)
    {
        // Akka.Remote puts the stack trace of a lost connection into its message. Only the first line is of use, unless it
        // announces the next one, as it does when a certificate is refused.
        var text = log.Message?.ToString() ?? string.Empty;
        if (!IsOfRemoting(log))
        {
            return text;
        }

        var lines = text.Split('\n', 3, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.Length > 1 && lines[0].EndsWith(':') ? $"{lines[0]} {lines[1]}" : lines.FirstOrDefault(string.Empty);
    }

    /// <summary>
    /// The part of a warning that is the same each time. An incoming connection has another port and another channel each
    /// time, and a program that connects again and again must not fill the log.
    /// </summary>
    internal static string Kind(string text)
    {
        var place = text.IndexOf(" channel [", StringComparison.Ordinal);
        place = place >= 0 ? place : text.IndexOf(" connection from [", StringComparison.Ordinal);
        place = place >= 0 ? place : text.IndexOf(" validation failed for [", StringComparison.Ordinal);
        return place >= 0 ? text[..place] : text;
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.DebugLevel => "DEBUG",
        LogLevel.InfoLevel => "INFO ",
        LogLevel.WarningLevel => "WARN ",
        _ => "ERROR",
    };

    private static string Source(LogEvent log)
    {
        if (IsOfRemoting(log))
        {
            return "remoting";
        }

        // "[akka://raft/user/raft-kv/node#123]" says no more than "/user/raft-kv/node", and "tls (akka://raft)" than "tls".
        var path = log.LogSource.Trim('[', ']').Split(" (", 2)[0];
        var scheme = path.IndexOf("://", StringComparison.Ordinal);
        var slash = scheme < 0 ? -1 : path.IndexOf('/', scheme + 3);
        var hash = path.LastIndexOf('#');
        return slash > 0 ? path[slash..(hash > slash ? hash : path.Length)] : path;
    }

    private static bool IsOfRemoting(LogEvent log) =>
        log.LogClass?.Namespace?.StartsWith("Akka.Remote", StringComparison.Ordinal) == true
        || log.LogSource.StartsWith("remoting", StringComparison.Ordinal)
        || log.LogSource.Contains("/system/endpointManager", StringComparison.Ordinal);

    private bool IsWorthALine(LogEvent log, out long leftOut)
    {
        leftOut = 0;
        if (!IsOfRemoting(log) && !log.LogSource.StartsWith(nameof(CoordinatedShutdown), StringComparison.Ordinal))
        {
            return true;
        }

        if (log.LogLevel() < LogLevel.WarningLevel)
        {
            return log.LogLevel() == LogLevel.DebugLevel;
        }

        // This is ordinary, and the warning that comes with it names the peer.
        if (log.Cause?.GetType().Name == "EndpointDisassociatedException")
        {
            return false;
        }

        var text = Kind(Text(log));
        var template = (log.Message as LogMessage)?.Format ?? text;
        return _remoteWarnings.IsWorthALine(template, text, log.Timestamp, out leftOut);
    }
}

/// <summary>
/// The logger that Akka uses before its loggers run and after they have stopped, in place of its own format of many lines.
/// It writes only errors: the user learns of a failed start by one line on standard error.
/// </summary>
internal sealed class EarlyLogger : MinimalLogger
{
    protected override void Log(object message)
    {
        if (message is LogEvent log && log.LogLevel() >= LogLevel.ErrorLevel)
        {
            Console.Out.WriteLine(LineLogger.Line(log, "-"));
        }
    }
}
