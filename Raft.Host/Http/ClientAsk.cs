using System.Net;
using Akka.Actor;

namespace Raft.Host.Http;

/// <summary>
/// Asks on behalf of a client of HTTP. What one actor system asks counts as one sender in a leader's intake; the name of the actor that is answered says whose request it is, so that each
/// client's address has a share of its own.
/// </summary>
internal static class ClientAsk
{
    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="AskTimeoutException">There was none in time.</exception>
    public static async Task<object> AskAsync(
        ActorSystem system, ICanTell target, object request, IPAddress? client, TimeSpan timeout, CancellationToken cancellation)
    {
        var provider = ((ExtendedActorSystem)system).Provider;
        var temporary = provider.TempPath();
        var path = temporary.Parent / $"{temporary.Name}~{(client is null ? "local" : Convert.ToHexString(client.GetAddressBytes()))}";
        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asker = new FutureActorRef<object>(answer, path, provider);
        provider.RegisterTempActor(asker, path);
        try
        {
            target.Tell(request, asker);
            return await answer.Task.WaitAsync(timeout, cancellation);
        }
        catch (TimeoutException)
        {
            throw new AskTimeoutException($"no answer within {timeout}");
        }
        finally
        {
            provider.UnregisterTempActor(path);
        }
    }
}
