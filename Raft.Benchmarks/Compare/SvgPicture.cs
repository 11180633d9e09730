using System.Globalization;
using System.Text;

namespace Raft.Benchmarks.Compare;

/// <summary>One line of a chart: a value for each of its points.</summary>
internal sealed record Series(string Name, double[] Values);

/// <summary>Line charts with a logarithmic axis, two in a row, as an SVG file.</summary>
internal sealed class SvgPicture
{
    private const int Width = 460;
    private const int Height = 300;
    private const int Left = 70;
    private const int Top = 50;
    private const int Bottom = 40;
    private const int Right = 20;
    private const int Columns = 2;

    private static readonly string[] Colours = ["#1f5fa8", "#c2541b", "#3a8a3a", "#7a4fa0"];

    private readonly StringBuilder _charts = new();
    private int _count;

    /// <summary>Adds a chart. A value that is not a number above zero leaves a gap.</summary>
    public void AddChart(string title, string[] points, Series[] all)
    {
        var values = all.SelectMany(static series => series.Values).Where(IsShown).ToArray();
        if (values.Length == 0)
        {
            return;
        }

        var (lowest, highest) = (Math.Floor(Math.Log10(values.Min())), Math.Ceiling(Math.Log10(values.Max()) + 1e-9));
        double X(int point) => Left + ((point + 0.5) * (Width - Left - Right) / points.Length);
        double Y(double value) => Height - Bottom - ((Math.Log10(value) - lowest) / (highest - lowest) * (Height - Top - Bottom));

        Add($"<g transform=\"translate({_count % Columns * Width},{_count / Columns * Height})\">");
        Add($"<text x=\"{Left}\" y=\"20\" font-weight=\"bold\">{title}</text>");
        for (var power = lowest; power <= highest; power++)
        {
            var value = Math.Pow(10, power);
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):0.0}\" y2=\"{Y(value):0.0}\" stroke=\"#ddd\"/>");
            Add($"<text x=\"{Left - 6}\" y=\"{Y(value) + 4:0.0}\" text-anchor=\"end\">{value:#,0.###}</text>");
        }

        for (var point = 0; point < points.Length; point++)
        {
            Add($"<text x=\"{X(point):0.0}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{points[point]}</text>");
        }

        for (var i = 0; i < all.Length; i++)
        {
            AddLine(all[i], Colours[i % Colours.Length], X, Y);
            Add($"<text x=\"{Left + (i * 110)}\" y=\"38\" fill=\"{Colours[i % Colours.Length]}\">&#9679; {all[i].Name}</text>");
        }

        Add($"</g>");
        _count++;
    }

    public override string ToString()
    {
        var (width, height) = (Columns * Width, (_count + Columns - 1) / Columns * Height);
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} "
            + $"{height}\" font-family=\"sans-serif\" font-size=\"12\">\n"
            + $"<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{_charts}</svg>\n";
    }

    private static bool IsShown(double value) => double.IsFinite(value) && value > 0;

    private void AddLine(Series series, string colour, Func<int, double> x, Func<double, double> y)
    {
        var shown = series.Values.Select(static (value, point) => (value, point))
            .Where(static one => IsShown(one.value)).ToArray();
        var path = string.Join(
            ' ', shown.Select(one => string.Create(CultureInfo.InvariantCulture, $"{x(one.point):0.0},{y(one.value):0.0}")));
        Add($"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
        foreach (var (value, point) in shown)
        {
            Add(
                $"<circle cx=\"{x(point):0.0}\" cy=\"{y(value):0.0}\" r=\"3.5\" fill=\"{colour}\"><title>{series.Name}: "
                    + $"{value:0.###}</title></circle>");
        }
    }

    private void Add(string text) => _charts.Append(text).Append('\n');
}
