namespace Raft.Host.Hosting;

/// <summary>
/// Which of Akka.Remote's warnings are worth a line. Strangers cause them as often as they like, with texts of their own in them: each
/// text comes once in half a minute, and of each kind only a few texts.
/// </summary>
internal sealed class RemoteWarnings
{
    /// <summary>How many texts of a kind come in half a minute: one for each peer of a group that has lost all of them, and some.</summary>
    public const int MaxTexts = 10;

    private const int MaxKinds = 200;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);

    /// <summary>Whether a warning is written.</summary>
    /// <param name="template">What all of its kind have in common.</param>
    /// <param name="text">What it says.</param>
    /// <param name="now">The time.</param>
    /// <param name="leftOut">How many of the kind were not written since the last that was.</param>
    public bool IsWorthALine(string template, string text, DateTime now, out long leftOut)
    {
        if (!_kinds.TryGetValue(template, out var kind))
        {
            // The kinds are those of a library: more come only where its texts are no templates.
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
