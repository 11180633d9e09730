using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Raft.Host.Http;

/// <summary>Lets in a bounded number of connections. Each counts the bytes that it holds of unfinished requests.</summary>
internal sealed class ConnectionGate(int maxConnections, MemoryBudget budget, LimitedLog log)
{
    private int _open;

    /// <summary>Serves a connection, or closes it if there are too many.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Interlocked.Increment(ref _open) > maxConnections)
        {
            Interlocked.Decrement(ref _open);
            log.Warn($"{maxConnections} connections are open (host.http.max-connections): closed another one");
            connection.Abort(new ConnectionAbortedException("too many connections"));
            return;
        }

        var transport = connection.Transport;
        var reader = new HeadReader(transport.Input, budget);
        connection.Transport = new Duplex(reader, transport.Output);
        connection.Features.Set(reader);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            reader.Release();
            Interlocked.Decrement(ref _open);
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
