namespace Raft.Benchmarks.Floor;

/// <summary>Medians of what a commit consists of at least, milliseconds.</summary>
/// <param name="RoundTrip">One message there and back through Akka.Remote.</param>
/// <param name="Append">One append of as many bytes, and its fdatasync.</param>
internal sealed record FloorResult(double RoundTrip, double Append)
{
    public double Sum => RoundTrip + Append;
}
