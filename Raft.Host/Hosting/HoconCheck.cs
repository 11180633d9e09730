using Raft.Actors.Settings;

namespace Raft.Host.Hosting;

/// <summary>
/// Checks that a text has the form of HOCON, and names the line where it does not. Akka's parser reports nothing: it takes
/// what it understands, leaves out the rest, and runs for ever if a list is not closed.
/// </summary>
internal sealed class HoconCheck
{
    private const int MaxDepth = 100;

    private readonly string _text;
    private readonly string _file;
    private int _at;
    private int _line = 1;
    private int _depth;

    private HoconCheck(string text, string file) => (_text, _file) = (text, file);

    private bool IsAtEnd => _at >= _text.Length;

    private char Next => _text[_at];

    /// <summary>Checks a file's text.</summary>
    /// <exception cref="RaftConfigurationException">
    /// It is not HOCON; the message names the file, the line, and what is wrong there.
    /// </exception>
    public static void Require(string text, string file)
    {
        var check = new HoconCheck(text, file);
        check.SkipSpace();
        if (!check.IsAtEnd && check.Next == '{')
        {
            check.Value("the file");
            check.SkipSpace();
            if (!check.IsAtEnd)
            {
                throw check.Wrong(check._line, $"'{check.Next}' comes after the end");
            }
        }
        else
        {
            check.Members(opening: 0);
        }
    }

    /// <summary>Settings, up to the brace that closes them, or up to the end of the file if no brace has opened them.</summary>
    private void Members(int opening)
    {
        while (true)
        {
            SkipSpace(',');
            if (IsAtEnd)
            {
                if (opening > 0)
                {
                    throw Wrong(opening, "this '{' is never closed");
                }

                return;
            }

            if (Next == '}' && opening > 0)
            {
                _at++;
                return;
            }

            if (Next is '}' or ']')
            {
                throw Wrong(_line, $"this '{Next}' closes nothing");
            }

            Member();
        }
    }

    private void Member()
    {
        var (line, start) = (_line, _at);
        while (!IsAtEnd && !IsSeparator() && Next is not ('\n' or '}' or ']' or '[' or ',') && !IsComment())
        {
            if (Next == '"')
            {
                QuotedText();
            }
            else
            {
                _at++;
            }
        }

        var name = _text[start.._at].Trim();
        if (name.StartsWith("include ", StringComparison.Ordinal))
        {
            return;
        }

        SkipSpace();
        if (name.Length == 0 || IsAtEnd || !IsSeparator())
        {
            var excerpt = Excerpt(name.Length == 0 ? _text[start..] : name);
            throw Wrong(line, $"'{excerpt}' is not a setting; write name = value, or name {{ … }}");
        }

        if (Next == '{')
        {
            Value(name);
            return;
        }

        _at += Next == '+' ? 2 : 1;
        SkipSpace();
        if (IsAtEnd || Next is '}' or ']' or ',')
        {
            throw Wrong(line, $"'{Excerpt(name)}' has no value");
        }

        Value(name);
    }

    /// <summary>A value, which may consist of several pieces on its line.</summary>
    private void Value(string name)
    {
        while (!IsAtEnd && Next is not ('\n' or ',' or '}' or ']') && !IsComment())
        {
            switch (Next)
            {
                case '{':
                    Nested(name, static (check, line) => check.Members(line));
                    break;
                case '[':
                    Nested(name, static (check, line) => check.Elements(line));
                    break;
                case '"':
                    QuotedText();
                    break;
                case '$' when _at + 1 < _text.Length && _text[_at + 1] == '{':
                    Substitution();
                    break;
                default:
                    _at++;
                    break;
            }
        }
    }

    private void Nested(string name, Action<HoconCheck, int> inside)
    {
        if (++_depth > MaxDepth)
        {
            throw Wrong(_line, $"'{Excerpt(name)}' is nested more than {MaxDepth} deep");
        }

        _at++;
        inside(this, _line);
        _depth--;
    }

    private void Elements(int opening)
    {
        while (true)
        {
            SkipSpace(',');
            if (IsAtEnd || Next == '}')
            {
                throw Wrong(opening, "this '[' is never closed");
            }

            if (Next == ']')
            {
                _at++;
                return;
            }

            Value("a list");
        }
    }

    private void Substitution()
    {
        var end = _text.IndexOfAny(['}', '\n'], _at);
        if (end < 0 || _text[end] == '\n')
        {
            throw Wrong(_line, "this '${' is never closed");
        }

        _at = end + 1;
    }

    private void QuotedText()
    {
        var line = _line;
        if (_text.AsSpan(_at).StartsWith("\"\"\""))
        {
            var end = _text.IndexOf("\"\"\"", _at + 3, StringComparison.Ordinal);
            end = end >= 0 ? end : throw Wrong(line, "these three quotes are never closed");
            _line += _text.AsSpan(_at, end - _at).Count('\n');
            _at = end + 3;
            return;
        }

        for (_at++; !IsAtEnd && Next is not ('"' or '\n'); _at++)
        {
            // An escaped quote does not end the text.
            _at += Next == '\\' ? 1 : 0;
        }

        if (IsAtEnd || Next == '\n')
        {
            throw Wrong(line, "a quote is not closed on its line");
        }

        _at++;
    }

    private void SkipSpace(char also = ' ')
    {
        while (!IsAtEnd && (char.IsWhiteSpace(Next) || Next == also || Next == '\uFEFF' || IsComment()))
        {
            if (IsComment())
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
                continue;
            }

            _line += Next == '\n' ? 1 : 0;
            _at++;
        }
    }

    private bool IsComment() => Next == '#' || (Next == '/' && _at + 1 < _text.Length && _text[_at + 1] == '/');

    private bool IsSeparator() => Next is '=' or ':' or '{' || (Next == '+' && _at + 1 < _text.Length && _text[_at + 1] == '=');

    private static string Excerpt(string text)
    {
        var line = text.Split('\n', 2)[0].Trim();
        return line.Length <= 40 ? line : line[..40] + "…";
    }

    private RaftConfigurationException Wrong(int line, string what) =>
        new($"the configuration file '{_file}' is not HOCON: line {line}: {what}");
}
