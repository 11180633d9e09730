namespace Raft.Actors.Hosting.Door;

/// <summary>The numbers of those serializers of Akka.NET that the door knows.</summary>
internal static class AkkaSerializers
{
    /// <summary>The number of Akka's serializer of null.</summary>
    public const int Nothing = 0;

    /// <summary>The number of Akka.Cluster's serializer.</summary>
    public const int Cluster = 5;

    /// <summary>The number of the serializer of messages to selections of actors, which holds another message.</summary>
    public const int Selection = 6;

    /// <summary>The number of the serializer of Identify, PoisonPill, Status.Failure, routers and more.</summary>
    public const int Miscellaneous = 16;

    /// <summary>The number of the serializer of texts and numbers.</summary>
    public const int Primitive = 17;

    /// <summary>The number of the serializer of watches, terminations and other supervision.</summary>
    public const int SystemMessages = 22;
}
