using System.Globalization;
using System.Text;

namespace Raft.Simulation.World;

/// <summary>
/// What happened in a world: always as a hash, by which two runs are compared; on demand as text, for people.
/// </summary>
internal sealed class Trace(bool keepsText)
{
    private readonly StringBuilder _text = new();

    public bool KeepsText => keepsText;

    public ulong Hash { get; private set; } = Digest.Start;

    public string Text => _text.ToString();

    public void Mix(ulong word) => Hash = Digest.Mix(Hash, word);

    /// <summary>Adds a line; call it only where <see cref="KeepsText"/> says that somebody will read it.</summary>
    public void Line(long ticks, string who, string what) => _text
        .Append(CultureInfo.InvariantCulture, $"{(double)ticks / TimeSpan.TicksPerSecond,12:F6}  {who,-7} {what}")
        .Append('\n');
}
