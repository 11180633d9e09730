using System.Text;

namespace Raft.Host.Hosting;

/// <summary>Writes values into HOCON, so that whatever they hold is read as text again.</summary>
internal static class HoconText
{
    public static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in value)
        {
            quoted.Append(character switch
            {
                '\\' => @"\\",
                '"' => "\\\"",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ => character.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
