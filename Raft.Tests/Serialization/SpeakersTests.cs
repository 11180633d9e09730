using System.Text;
using Raft.Actors.Protocol;
using Raft.Actors.Serialization;
using Xunit;

namespace Raft.Tests.Serialization;

/// <summary>Who may say which message. A new message fails here until somebody has thought of who may say it.</summary>
public sealed class SpeakersTests
{
    /// <summary>Each message that is sent, by who may say it.</summary>
    private static readonly Dictionary<Speaker, string> Expected = new()
    {
        [Speaker.HeadersServer] = "p.pv p.pvr p.v p.vr p.ae p.aer p.rf p.rp p.rpr p.bg p.hb p.hbr p.tn p.fw p.is p.isr p.ri p.rir",
        [Speaker.FirstFieldsServer] = "q.pb r.pb r.ds",
        [Speaker.Anyone] = "q.a q.b q.v q.r q.l q.s q.x q.sr q.sk q.sc q.c q.t q.bs q.av q.an q.dv q.rm q.ts q.ds q.rs q.rb q.rp q.rc q.rd "
            + "q.w q.se",
        [Speaker.AnyServer] = "r.a r.r r.v r.l r.s r.x r.sr r.sk r.sc r.t r.c r.cc r.ts r.rs r.rb r.rp r.rc r.rd r.w r.se f.nl f.et f.ol f.tl "
            + "f.ir f.ll f.lt f.st f.sm f.sd f.un f.se f.sl f.dp f.an f.tf f.cr f.ns f.sf f.rr f.rt f.ts f.nf f.cf f.sr f.cs",
    };

    [Fact]
    public void Every_message_is_classified()
    {
        var expected = Expected.SelectMany(static pair => pair.Value.Split(' ').Select(manifest => (manifest, pair.Key)));
        var actual = MessageTable.All.Select(static format => format.Manifest)
            .Where(static manifest => MessageTable.IsSent(Encoding.ASCII.GetBytes(manifest)))
            .Select(static manifest => (manifest, Speakers.Of(Encoding.ASCII.GetBytes(manifest))));
        Assert.Equal(expected.Order(), actual.Order());
    }

    [Fact]
    public void The_sender_of_a_message_is_read_as_the_library_reads_it()
    {
        var serializer = new RaftMessageSerializer(null!, Samples.Codec);
        foreach (var (_, message) in Samples.All)
        {
            var bytes = serializer.ToBinary(message);
            switch (message)
            {
                case IPeerMessage { Header: var header }:
                    Speakers.ReadHeader(bytes, out var group, out var from);
                    Assert.Equal((header.Group, header.From.Value), (Encoding.ASCII.GetString(group), Encoding.ASCII.GetString(from)));
                    break;
                case PledgeBootstrap pledge:
                    Assert.Equal(pledge.Coordinator.Value, First(bytes));
                    break;
                case BootstrapPledged pledged:
                    Assert.Equal(pledged.ServerId.Value, First(bytes));
                    break;
                case ServerDescription description:
                    Assert.Equal(description.ServerId.Value, First(bytes));
                    break;
            }
        }

        static string First(byte[] bytes) => Encoding.ASCII.GetString(Speakers.ReadFirstField(bytes));
    }
}
