using Akka.Remote.Transport;
using Raft.Actors.Hosting.Identity;

namespace Raft.Actors.Hosting.Door;

/// <summary>A connection whose incoming frames pass the door. What goes out is not looked at.</summary>
internal sealed class GuardedConnection : AssociationHandle
{
    private readonly AssociationHandle _connection;

    /// <summary>Puts a door on a connection, before anything has been read from it.</summary>
    public GuardedConnection(FrontDoor door, AssociationHandle connection)
        : base(connection.LocalAddress, connection.RemoteAddress)
    {
        _connection = connection;
        var peer = door.PeerOf(connection);
        _ = ReadHandlerSource.Task.ContinueWith(
            reader => connection.ReadHandlerSource.TrySetResult(new GuardedReader(door, connection, peer, reader.Result)),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <inheritdoc />
    public override bool Write(Google.Protobuf.ByteString payload) => _connection.Write(payload);

    /// <inheritdoc />
    [Obsolete("As in the base class.")]
    public override void Disassociate() => _connection.Disassociate();

    private sealed class GuardedReader(
        FrontDoor door, AssociationHandle connection, CertificateHolder? peer, IHandleEventListener reader)
        : IHandleEventListener
    {
        public void Notify(IHandleEvent ev)
        {
            if (door.LetsIn(ev, connection.RemoteAddress, peer))
            {
                reader.Notify(ev);
            }
        }
    }
}
