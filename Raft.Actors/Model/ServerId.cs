using System.Diagnostics.CodeAnalysis;

namespace Raft.Actors.Model;

/// <summary>
/// The identity of a server in a Raft group: 1 to 64 characters out of <c>A-Z a-z 0-9 . _ -</c>, so that it can stand
/// in actor names, persistence ids and file names. Two ids are equal when they are the same to the letter.
/// </summary>
public readonly record struct ServerId
{
    /// <summary>The longest id that is allowed, in characters.</summary>
    public const int MaxLength = 64;

    private readonly string? _value;

    /// <summary>Makes an id out of its text.</summary>
    /// <exception cref="ArgumentException">The text is empty, too long or has a character that is not allowed.</exception>
    public ServerId(string value)
    {
        if (!IsValid(value))
        {
            throw new ArgumentException(
                $"'{value}' is not a server id: use 1 to {MaxLength} characters out of A-Z a-z 0-9 . _ -", nameof(value));
        }

        _value = value;
    }

    /// <summary>The id's text; empty for the default value, which stands for no server.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>Whether this is the default value, which stands for no server.</summary>
    public bool IsNone => _value is null;

    /// <summary>Whether a text may serve as a server id (or as a group name, which follows the same rule).</summary>
    public static bool IsValid([NotNullWhen(true)] string? value) =>
        value is { Length: > 0 and <= MaxLength }
        && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <inheritdoc />
    public override string ToString() => IsNone ? "none" : Value;
}
