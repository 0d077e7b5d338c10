/// A chart of one or more lines, as SVG to be put into a page.
struct SVGChart {
    /// One point, with the smallest and largest value of any round where there are several.
    struct Point {
        var x: Double
        var y: Double
        var range: ClosedRange<Double>?
    }

    struct Series {
        var name: String
        var points: [Point]
        /// Points of categories are not joined.
        var isJoined = true
    }

    /// How values become places.
    enum Scale {
        case linear
        case logarithmic
        /// Shares below 1, such that 0.9, 0.99 and 0.999 are equally far apart.
        case nines
        /// The names of 0, 1, 2 …
        case categories([String])
    }

    var title: String
    var xTitle: String
    var yTitle: String
    var xScale = Scale.linear
    var yScale = Scale.linear
    var series: [Series]

    private static let width = 720.0
    private static let height = 340.0
    private static let margins = (left: 70.0, right: 20.0, top: 30.0, bottom: 62.0)
    private static let colours = ["#c0392b", "#1f6fb2", "#2e8b57", "#8e44ad", "#b9770e", "#5d6d7e"]

    /// The `svg` element; a line of text when there is nothing to draw.
    var text: String {
        let points = series.flatMap(\.points)
        let xs = points.map(\.x)
        let ys = points.flatMap { [$0.y] + ($0.range.map { [$0.lowerBound, $0.upperBound] } ?? []) }
        guard let horizontal = ChartAxis(xScale, values: xs, startsAtZero: false),
            let vertical = ChartAxis(yScale, values: ys, startsAtZero: true)
        else { return "<p>\(title.escapedForHTML): nothing was measured.</p>\n" }
        let frame = Frame(horizontal: horizontal, vertical: vertical)
        var svg =
            "<svg viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" role=\"img\">\n"
            + Self.label(Self.width / 2, 18, title, "middle", bold: true)
        for tick in vertical.ticks {
            let y = frame.y(tick.value)
            svg += Self.line(Self.margins.left, y, Self.width - Self.margins.right, y, "#ddd")
            svg += Self.label(Self.margins.left - 6, y + 4, tick.name, "end")
        }
        for tick in horizontal.ticks {
            let x = frame.x(tick.value)
            svg += Self.line(x, Self.margins.top, x, Self.height - Self.margins.bottom, "#eee")
            svg += Self.label(x, Self.height - Self.margins.bottom + 16, tick.name, "middle")
        }
        svg += Self.label(Self.width / 2, Self.height - 28, xTitle, "middle")
        svg +=
            "<text x=\"14\" y=\"\(Self.number(Self.height / 2))\" text-anchor=\"middle\" "
            + "transform=\"rotate(-90 14 \(Self.number(Self.height / 2)))\">\(yTitle.escapedForHTML)</text>\n"
        for (index, line) in series.enumerated() {
            svg += draw(line, Self.colours[index % Self.colours.count], frame)
            let x = Self.margins.left + Double(index) * 160
            svg += "<rect x=\"\(Self.number(x))\" y=\"\(Int(Self.height) - 16)\" width=\"10\" height=\"10\" "
            svg += "fill=\"\(Self.colours[index % Self.colours.count])\"/>\n"
            svg += Self.label(x + 15, Self.height - 7, line.name, "start")
        }
        return svg + "</svg>\n"
    }

    private struct Frame {
        let horizontal: ChartAxis
        let vertical: ChartAxis

        func x(_ value: Double) -> Double {
            margins.left + horizontal.place(value) * (width - margins.left - margins.right)
        }

        func y(_ value: Double) -> Double {
            height - margins.bottom - vertical.place(value) * (height - margins.top - margins.bottom)
        }
    }

    private func draw(_ series: Series, _ colour: String, _ frame: Frame) -> String {
        var svg = ""
        let places = series.points.map { (frame.x($0.x), frame.y($0.y)) }
        if series.isJoined, places.count > 1 {
            let text = places.map { "\(Self.number($0.0)),\(Self.number($0.1))" }.joined(separator: " ")
            svg += "<polyline points=\"\(text)\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"/>\n"
        }
        guard series.points.count <= 40 else { return svg }
        for (point, place) in zip(series.points, places) {
            if let range = point.range {
                svg += Self.line(place.0, frame.y(range.lowerBound), place.0, frame.y(range.upperBound), colour)
            }
            svg += "<circle cx=\"\(Self.number(place.0))\" cy=\"\(Self.number(place.1))\" r=\"3.5\" fill=\"\(colour)\">"
            svg += "<title>\(point.y.text(decimals: 2))</title></circle>\n"
        }
        return svg
    }

    private static func number(_ value: Double) -> String { value.text(decimals: 1) }

    private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String) -> String {
        "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" stroke=\"\(colour)\"/>\n"
    }

    private static func label(_ x: Double, _ y: Double, _ text: String, _ anchor: String, bold: Bool = false) -> String
    {
        "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\"\(bold ? " font-weight=\"bold\"" : "")>"
            + "\(text.escapedForHTML)</text>\n"
    }
}

extension String {
    /// The text with HTML's own characters replaced.
    var escapedForHTML: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private func replacing(_ character: Character, with text: String) -> String {
        split(separator: character, omittingEmptySubsequences: false).joined(separator: text)
    }
}
