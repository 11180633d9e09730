namespace Raft.Host.Http;

/// <summary>What the first middleware found in the request line, for those behind it.</summary>
/// <param name="Raw">The path and query as they were sent.</param>
/// <param name="Target">The same, taken apart.</param>
internal sealed record RequestTargetFeature(string Raw, RequestTarget Target);

/// <summary>Shorthands for the features of a request.</summary>
internal static class RequestFeatures
{
    /// <summary>A feature that is always there.</summary>
    public static T GetRequired<T>(this Microsoft.AspNetCore.Http.Features.IFeatureCollection features)
        where T : class =>
        features.Get<T>() ?? throw new InvalidOperationException($"the request has no {typeof(T).Name}");
}
