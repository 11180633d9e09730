using System.Collections.Immutable;
using System.Globalization;
using Raft.Actors.Model;
using Raft.Host.Certificates;
using Raft.Host.Hosting;

namespace Raft.Host.CommandLine;

/// <summary>
/// Makes the certificates of a group: its authority, and one for each server and client. It overwrites a certificate only
/// to renew it.
/// </summary>
internal static class CertificatesCommand
{
    private const int DefaultDays = 365;

    /// <summary>Reads the arguments after the command.</summary>
    public static CommandLineArguments Parse(IReadOnlyList<string> arguments)
    {
        ReadOnlySpan<string> valued = ["--out", "--authority", "--servers", "--clients", "--group", "--days"];
        if (!CommandOptions.TryParse(arguments, valued, ["--renew"], words: 0, out var options, out var error))
        {
            return new CommandLineArguments.Invalid(error);
        }

        var days = options.Last("--days") ?? DefaultDays.ToString(CultureInfo.InvariantCulture);
        var group = options.Last("--group") ?? "kv";
        if (options.Last("--out") is not { } directory || (options.Last("--servers") ?? options.Last("--clients")) is null)
        {
            return new CommandLineArguments.Invalid(
                "certificates needs --out DIR, and --servers n1=host1,n2=host2,… or --clients app=host,…; "
                + "the hosts are the names or addresses by which the others reach them");
        }

        if (!int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 3650)
        {
            return new CommandLineArguments.Invalid($"--days '{days}' is not a number from 1 to 3650");
        }

        if (!ServerId.IsValid(group))
        {
            return new CommandLineArguments.Invalid(
                $"--group '{group}' is not a group's name; use 1 to {ServerId.MaxLength} characters out of A-Z a-z 0-9 . _ -");
        }

        try
        {
            ImmutableArray<CertificateOwner> owners =
            [
                .. options.All("--servers").SelectMany(static text => CertificateOwner.Parse("--servers", text, isServer: true)),
                .. options.All("--clients").SelectMany(static text => CertificateOwner.Parse("--clients", text, isServer: false)),
            ];
            var names = owners.GroupBy(static owner => owner.Name, StringComparer.OrdinalIgnoreCase);
            return names.FirstOrDefault(static same => same.Count() > 1) is { } twice
                ? new CommandLineArguments.Invalid($"'{twice.Key}' is named twice; give each server and client a name of its own")
                : new CommandLineArguments.Certificates(
                    directory,
                    options.Last("--authority") ?? Path.Combine(directory, "authority"),
                    group,
                    owners,
                    number,
                    options.Has("--renew"));
        }
        catch (FormatException wrong)
        {
            return new CommandLineArguments.Invalid(wrong.Message);
        }
    }

    /// <summary>Makes the missing certificates, and says which exist.</summary>
    public static async Task<int> RunAsync(CommandLineArguments.Certificates arguments, TextWriter output, TextWriter error)
    {
        try
        {
            var now = DateTimeOffset.UtcNow;
            var directory = new CertificateDirectory(arguments.Directory, arguments.AuthorityDirectory);
            using var authority = directory.Authority(() => CertificateMaker.Authority(arguments.Group, now), out var isNew);
            if (isNew)
            {
                await output.WriteLineAsync(
                    $"made the authority of group '{arguments.Group}'; "
                    + $"keep {arguments.AuthorityDirectory} away from the servers, and back it up");
            }

            foreach (var owner in arguments.Owners)
            {
                if (directory.Has(owner) && !arguments.Renew)
                {
                    await output.WriteLineAsync(
                        $"{owner.Name} already has a certificate ({directory.Pfx(owner)}), which stays; --renew makes a new one");
                    continue;
                }

                using var certificate = CertificateMaker.Sign(authority, arguments.Group, owner, arguments.Days, now);
                directory.Write(owner, certificate);
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"made {directory.Pfx(owner)}: {owner.Uri(arguments.Group)}, for {string.Join(", ", owner.Hosts)}, "
                    + $"until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}"));
            }

            await output.WriteLineAsync(
                $"give each its own directory and {directory.AuthorityFile}: "
                + "RAFT_TLS_CERTIFICATE=…/n1.pfx RAFT_TLS_AUTHORITY=…/authority.pem (docs/operations.md, Certificates)");
            return ExitCode.Success;
        }
        catch (Exception refused) when (refused is HostStartException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(OneLine.Of(refused.Message));
            return ExitCode.Failure;
        }
    }
}
