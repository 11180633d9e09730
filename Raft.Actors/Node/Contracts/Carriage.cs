using Raft.Actors.Protocol;
using Raft.Actors.Serialization;

namespace Raft.Actors.Node.Contracts;

/// <summary>
/// Whether what a request carries can go to another server. A request over the wire has shown that already; one from this process
/// must not be taken here and refused elsewhere.
/// </summary>
internal static class Carriage
{
    /// <summary>Why a request's command or query cannot be sent; null where it can.</summary>
    public static RaftFailure? WhyNot(INodeContext node, IRaftRequest request)
    {
        try
        {
            switch (request)
            {
                case Apply apply:
                    _ = node.Codec.Encode(apply.Command);
                    break;
                case Read read:
                    _ = node.Codec.Encode(read.Query);
                    break;
            }

            return null;
        }
        catch (PayloadException unfit)
        {
            return RefusalOf(node, unfit);
        }
    }

    /// <summary>What the client of a payload that cannot be sent is told.</summary>
    public static RaftFailure RefusalOf(INodeContext node, PayloadException unfit) => unfit.Size is { } encoded
        ? new TooLarge(encoded, node.Settings.Intake.MaxCommandBytes)
        : new InvalidRequest(unfit.Message);
}
