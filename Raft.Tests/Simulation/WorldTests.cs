using Raft.Simulation.World;
using Xunit;

namespace Raft.Tests.Simulation;

[Trait("Category", "Simulation")]
public sealed class WorldTests
{
    [Fact]
    public void A_storm_of_messages_ends_the_run_and_says_so()
    {
        var world = new SimulatedWorld(1, new Trace(keepsText: false));
        try
        {
            world.Schedule(TimeSpan.FromMilliseconds(1), null, Double);

            var storm = Assert.Throws<InvalidOperationException>(() => world.RunUntil(TimeSpan.FromHours(1)));

            Assert.Contains("a storm of them", storm.Message, StringComparison.Ordinal);
        }
        finally
        {
            world.System.Terminate();
        }

        void Double()
        {
            world.Schedule(TimeSpan.FromMilliseconds(1), null, Double);
            world.Schedule(TimeSpan.FromMilliseconds(1), null, Double);
        }
    }
}
