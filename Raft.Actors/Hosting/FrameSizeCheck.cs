using Akka.Configuration;
using Raft.Actors.Settings;

namespace Raft.Actors.Hosting;

/// <summary>
/// Whether every entry can reach every follower. Akka.Remote drops a message above its maximum-frame-size without an error. So
/// a command that is accepted and too large to be sent would stop the group forever.
/// </summary>
public static class FrameSizeCheck
{
    /// <summary>What a message needs beside its entries: its own header, actor paths, the envelope of Akka.Remote.</summary>
    public const int Overhead = 4 * 1024;

    /// <summary>Compares a node's limits with the frame size of each transport of its actor system.</summary>
    /// <param name="systemConfig">The actor system's configuration, with the section <c>akka</c> in it.</param>
    /// <param name="settings">The node's settings.</param>
    /// <exception cref="RaftConfigurationException">
    /// They do not fit; the message names both settings and their values.
    /// </exception>
    public static void Validate(Config systemConfig, RaftSettings settings)
    {
        var (limit, limitName) = settings.Intake.MaxCommandBytes >= settings.Replication.MaxBytesPerMessage
            ? (settings.Intake.MaxCommandBytes, "raft.intake.max-command-bytes")
            : (settings.Replication.MaxBytesPerMessage, "raft.replication.max-bytes-per-message");
        foreach (var transport in systemConfig.GetStringList("akka.remote.enabled-transports", []))
        {
            var frameName = $"{transport}.maximum-frame-size";
            var frame = systemConfig.GetByteSize(frameName, null);
            if (frame is null)
            {
                throw new RaftConfigurationException(
                    $"{frameName} is not set, but akka.remote.enabled-transports names {transport}; "
                    + $"set it to at least {limit + (long)Overhead}");
            }

            if (frame < limit + (long)Overhead)
            {
                throw new RaftConfigurationException(
                    $"{limitName} = {limit} does not fit into {frameName} = {frame}: "
                    + $"a message may have {Overhead} bytes beside it, "
                    + $"so raise the frame size to at least {limit + (long)Overhead} on every node, or lower the limit");
            }
        }
    }
}
