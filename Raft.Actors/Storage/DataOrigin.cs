using System.Text;
using Raft.Actors.Settings;
using Raft.Actors.Storage.Files;

namespace Raft.Actors.Storage;

/// <summary>
/// Whether a server's directory is the one that the server wrote, and not a copy of it. A copy that is older than the last
/// thing that the server confirmed brings back a voter that has forgotten, which Raft's proofs do not allow, and nothing in it
/// tells: it has the right identity. The file <c>origin</c> says when it was made itself, and when the journal's file was. A
/// copy is made at another time.
/// </summary>
/// <remarks>
/// Not noticed: a file that was overwritten in place (cp onto it), a disk that was set back as a whole (a volume's snapshot),
/// and file systems that do not know when a file was made.
/// </remarks>
internal sealed class DataOrigin(string directory, string journalFile)
{
    private const string FileName = "origin";
    private const string Unknown = "unknown";

    private string Path => System.IO.Path.Combine(directory, FileName);

    private string JournalPath => System.IO.Path.Combine(directory, journalFile);

    /// <exception cref="RaftConfigurationException">The directory is a copy.</exception>
    public void Check()
    {
        if (!File.Exists(Path))
        {
            return;
        }

        foreach (var line in File.ReadAllLines(Path))
        {
            var words = line.Split(' ');
            if (words.Length == 2
                && FileBirth.Of(System.IO.Path.Combine(directory, words[0])) is { } birth
                && words[1] != Unknown
                && birth != words[1])
            {
                throw new RaftConfigurationException(
                    $"{directory} is a copy: {words[0]} was made {birth}, "
                    + $"and the one that this server wrote was made {words[1]}. "
                    + "A copy may lack what this server has confirmed since, and the group would lose it. "
                    + "Start the server with an empty directory, and the group fills it up; "
                    + $"or, if the server was stopped before it was copied and has not run elsewhere since, remove {Path}");
            }
        }
    }

    /// <summary>Says of what is there now that it is the original.</summary>
    public void Record()
    {
        NewFile.Replace(
            Path,
            made => Encoding.UTF8.GetBytes(
                $"{FileName} {FileBirth.Of(made) ?? Unknown}\n{journalFile} {FileBirth.Of(JournalPath) ?? Unknown}\n"),
            isDurable: true);
    }
}
