namespace Raft.Host.Hosting;

/// <summary>
/// Decides which of Akka.Remote's warnings the log shows. Strangers can cause them at will, with their own text in them. So
/// the log shows each text once in half a minute, and only a few texts of each kind.
/// </summary>
internal sealed class RemoteWarnings
{
    /// <summary>
    /// How many texts of a kind the log shows in half a minute: enough for each peer of a group that has lost all of them.
    /// </summary>
    public const int MaxTexts = 10;

    private const int MaxKinds = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);

    /// <summary>Whether the log shows a warning.</summary>
    /// <param name="template">The text that all warnings of its kind share.</param>
    /// <param name="text">The whole text.</param>
    /// <param name="now">The time.</param>
    /// <param name="leftOut">How many of this kind were left out since the last one that was shown.</param>
    public bool IsWorthALine(string template, string text, DateTime now, out long leftOut)
    {
        if (!_kinds.TryGetValue(template, out var kind))
        {
            // A library has few kinds of warnings. More appear only if its texts are not templates.
            if (_kinds.Count >= MaxKinds)
            {
                _kinds.Clear();
            }

            _kinds[template] = kind = new Kind();
        }

        leftOut = kind.LeftOut;
        if (!kind.Takes(text, now))
        {
            kind.LeftOut++;
            return false;
        }

        kind.LeftOut = 0;
        return true;
    }

    private sealed class Kind
    {
        private readonly Dictionary<string, DateTime> _texts = new(StringComparer.Ordinal);

        public long LeftOut { get; set; }

        public bool Takes(string text, DateTime now)
        {
            if (_texts.TryGetValue(text, out var last) && now - last < Interval)
            {
                return false;
            }

            if (_texts.Count >= MaxTexts)
            {
                foreach (var (old, since) in _texts.ToArray())
                {
                    if (now - since >= Interval)
                    {
                        _texts.Remove(old);
                    }
                }
            }

            if (_texts.Count >= MaxTexts)
            {
                return false;
            }

            _texts[text] = now;
            return true;
        }
    }
}
