using System.Text;

namespace Raft.Host.Hosting;

/// <summary>Quotes values for HOCON, so that any value is read back as the same text.</summary>
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
