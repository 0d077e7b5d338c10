/// What the command line says, in the spellings that rtpengine takes: `--name=value`, `--name value`, `-x value`,
/// `-xvalue`, letters of flags joined (`-fE`), and `--` at the end.
public struct CommandLineArguments: Sendable, Equatable {
    /// Values by long name, in the order given; a flag has `true` or `false`.
    public private(set) var values: [String: [String]] = [:]

    /// Reads the arguments after the name of the program, and checks every value.
    public init(_ arguments: some Collection<String>) throws(ConfigurationError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                if let extra = rest.first { throw .usage("unexpected argument \"\(extra)\"") }
            } else if argument.hasPrefix("--") {
                try readLong(argument.dropFirst(2), &rest)
            } else if argument.hasPrefix("-"), argument.count > 1 {
                try readLetters(argument.dropFirst(), &rest)
            } else {
                throw .usage("unexpected argument \"\(argument)\"")
            }
        }
    }

    /// Whether the flag `name` is given.
    public func isSet(_ name: String) -> Bool { values[name]?.last == "true" }

    private mutating func readLong<Rest: Collection<String>>(
        _ text: Substring, _ rest: inout Rest
    ) throws(ConfigurationError) where Rest.SubSequence == Rest {
        let equals = text.firstIndex(of: "=")
        let name = text[..<(equals ?? text.endIndex)]
        guard let option = OptionTable.option(named: String(name)) else {
            throw .usage("unknown option --\(name)")
        }
        if let equals {
            try assign(String(text[text.index(after: equals)...]), to: option)
        } else if option.kind == .flag {
            try assign("true", to: option)
        } else {
            try assignNext(&rest, to: option)
        }
    }

    private mutating func readLetters<Rest: Collection<String>>(
        _ text: Substring, _ rest: inout Rest
    ) throws(ConfigurationError) where Rest.SubSequence == Rest {
        var letters = text
        while let letter = letters.popFirst() {
            guard let option = OptionTable.option(lettered: letter) else {
                throw .usage("unknown option -\(letter)")
            }
            if option.kind == .flag {
                try assign("true", to: option)
            } else if letters.isEmpty {
                try assignNext(&rest, to: option)
            } else {
                try assign(String(letters), to: option)
                return
            }
        }
    }

    private mutating func assignNext<Rest: Collection<String>>(
        _ rest: inout Rest, to option: OptionDeclaration
    ) throws(ConfigurationError) where Rest.SubSequence == Rest {
        guard let value = rest.popFirst() else {
            throw .usage("--\(option.name) needs a value: \(option.kind.expectation)")
        }
        try assign(value, to: option)
    }

    private mutating func assign(_ value: String, to option: OptionDeclaration) throws(ConfigurationError) {
        guard option.kind.accepts(value), !(option.kind.isList && value.isEmpty) else {
            throw .usage("--\(option.name): \"\(value)\" is not \(option.kind.expectation)")
        }
        if option.kind.isList {
            values[option.name, default: []].append(value)
        } else {
            values[option.name] = [value]
        }
    }
}
