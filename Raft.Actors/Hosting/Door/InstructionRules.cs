namespace Raft.Actors.Hosting.Door;

/// <summary>
/// What Akka.Remote's own instructions may be: the handshake, heartbeats of the connection, and its end. Akka.NET logs each one
/// that it cannot read, with a stack trace.
/// </summary>
internal static class InstructionRules
{
    private const int Associate = 1;
    private const int Disassociate = 2;
    private const int Heartbeat = 3;
    private const int ShuttingDown = 4;
    private const int Quarantined = 5;
    private const int MaxNameBytes = 256;

    /// <summary>Whether Akka.NET can read an instruction; if it is a handshake, where its sender says that it is.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="host">The sender's host; empty if it is no handshake.</param>
    /// <param name="port">The sender's port; 0 if it is no handshake.</param>
    public static bool TryRead(ReadOnlySpan<byte> instruction, out ReadOnlySpan<byte> host, out int port)
    {
        host = default;
        port = 0;
        var reader = new ProtobufReader(instruction);
        ReadOnlySpan<byte> handshake = default;
        var command = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    command = reader.Int32Once();
                    break;
                case 2:
                    handshake = reader.Once();
                    break;
            }
        }

        return !reader.IsMalformed && command switch
        {
            Associate => TryReadHandshake(handshake, out host, out port),
            Disassociate or Heartbeat or ShuttingDown or Quarantined => true,
            _ => false,
        };
    }

    private static bool TryReadHandshake(ReadOnlySpan<byte> handshake, out ReadOnlySpan<byte> host, out int port)
    {
        var reader = new ProtobufReader(handshake);
        ReadOnlySpan<byte> origin = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    origin = reader.Once();
                    break;
                case 2:
                    _ = reader.Fixed64Once();
                    break;
            }
        }

        return TryReadAddress(origin, out host, out port) && !reader.IsMalformed;
    }

    /// <summary>A system, a host, a port and a protocol, none of which is missing.</summary>
    private static bool TryReadAddress(ReadOnlySpan<byte> origin, out ReadOnlySpan<byte> host, out int port)
    {
        host = default;
        port = 0;
        var reader = new ProtobufReader(origin);
        var names = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 or 2 or 4:
                    var name = reader.Once();
                    names += name is { Length: > 0 and <= MaxNameBytes } && IsPlain(name) ? 1 : 0;
                    host = reader.Field == 2 ? name : host;
                    break;
                case 3:
                    port = reader.Int32Once();
                    break;
            }
        }

        return !reader.IsMalformed && names == 3 && port is > 0 and <= ushort.MaxValue;
    }

    private static bool IsPlain(ReadOnlySpan<byte> name) =>
        !name.ContainsAnyInRange((byte)0, (byte)' ') && !name.Contains((byte)0x7F);
}
