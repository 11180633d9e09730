using Raft.Actors.Protocol;

namespace Raft.Actors.Client;

/// <summary>A group whose commands are of one type and are answered by another.</summary>
/// <typeparam name="TCommand">What its state machine applies; listed in <c>raft.types</c>, or bytes.</typeparam>
/// <typeparam name="TResult">What its state machine returns.</typeparam>
public interface IRaftGroup<in TCommand, TResult>
    where TCommand : notnull
{
    /// <summary>Has a command applied and returns its result.</summary>
    /// <exception cref="RaftRequestException">
    /// The command was not applied, or that is not known. Or it was applied, and its result is no TResult: then the outcome is
    /// done.
    /// </exception>
    Task<TResult> ApplyAsync(TCommand command, TimeSpan? timeout = null, CancellationToken cancellation = default);

    /// <summary>Asks the state machine.</summary>
    /// <exception cref="RaftRequestException">There was no answer that is fresh enough.</exception>
    Task<TAnswer> ReadAsync<TAnswer>(
        object query,
        ReadConsistency consistency = ReadConsistency.Linearizable,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default);
}

/// <summary>A typed front of a <see cref="RaftClient"/>.</summary>
public sealed class RaftGroup<TCommand, TResult>(RaftClient client) : IRaftGroup<TCommand, TResult>
    where TCommand : notnull
{
    /// <inheritdoc />
    public async Task<TResult> ApplyAsync(TCommand command, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        Typed<TResult>((await client.ApplyAsync(command, timeout, cancellation).ConfigureAwait(false)).Result, Outcome.Done);

    /// <inheritdoc />
    public async Task<TAnswer> ReadAsync<TAnswer>(
        object query,
        ReadConsistency consistency = ReadConsistency.Linearizable,
        TimeSpan? timeout = null,
        CancellationToken cancellation = default) =>
        Typed<TAnswer>(
            (await client.ReadAsync(query, consistency, timeout, cancellation).ConfigureAwait(false)).Result, Outcome.NotDone);

    private static T Typed<T>(object? result, Outcome outcome) => result switch
    {
        T expected => expected,
        null when default(T) is null => default!,
        _ => throw new RaftRequestException(new WrongResultType(typeof(T).ToString(), result?.GetType().ToString(), outcome)),
    };
}
