namespace Raft.Host.Http;

/// <summary>The request line's target, which the first middleware reads for the later ones.</summary>
/// <param name="Raw">The path and query as they were sent.</param>
/// <param name="Target">The path and the parameters.</param>
internal sealed record RequestTargetFeature(string Raw, RequestTarget Target);

/// <summary>Shorthands for the features of a request.</summary>
internal static class RequestFeatures
{
    /// <summary>A feature that is always there.</summary>
    public static T GetRequired<T>(this Microsoft.AspNetCore.Http.Features.IFeatureCollection features)
        where T : class =>
        features.Get<T>() ?? throw new InvalidOperationException($"the request has no {typeof(T).Name}");
}
