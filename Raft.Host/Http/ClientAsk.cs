using System.Net;
using Akka.Actor;

namespace Raft.Host.Http;

/// <summary>
/// Asks on behalf of an HTTP client. A leader's intake counts all requests of one actor system as one sender. Here the name of
/// the actor that gets the answer contains the client's address, so that each address has a share of its own.
/// </summary>
internal static class ClientAsk
{
    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="AskTimeoutException">No answer came in time.</exception>
    public static async Task<object> AskAsync(
        ActorSystem system, ICanTell target, object request, IPAddress? client, TimeSpan timeout, CancellationToken cancellation)
    {
        var provider = ((ExtendedActorSystem)system).Provider;
        var temporary = provider.TempPath();
        var address = client is null ? "local" : Convert.ToHexString(client.GetAddressBytes());
        var path = temporary.Parent / $"{temporary.Name}~{address}";
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
