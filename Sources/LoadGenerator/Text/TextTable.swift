/// Rows of cells set in columns, the first left-aligned, the others right-aligned.
package struct TextTable {
    private var rows: [[String]]

    /// A table with these column heads.
    package init(_ heads: [String]) { rows = [heads] }

    /// Adds a row below.
    package mutating func append(_ row: [String]) { rows.append(row) }

    /// The table, one line a row, each ended by a newline.
    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        var output = ""
        for row in rows {
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                line += column == 0 ? cell + padding : "  " + padding + cell
            }
            while line.last == " " { line.removeLast() }
            output += line + "\n"
        }
        return output
    }
}

extension Double {
    /// The number with `decimals` digits after the point.
    package func text(decimals: Int) -> String {
        guard isFinite, abs(self) < 1e15 else { return "\(self)" }
        let scale = (0..<decimals).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = UInt64((abs(self) * scale).rounded())
        let whole = String(scaled / UInt64(scale))
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + whole }
        let fraction = String(scaled % UInt64(scale))
        return sign + whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
