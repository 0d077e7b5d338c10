import LoadGenerator
import NetTypes
import Testing

struct ProcessProbeTests {
    @Test(arguments: [
        ("Name:\trelay\nVmPeak:\t  99 kB\nVmRSS:\t   44032 kB\nThreads:\t3\n", 44032 * 1024), ("VmRSS: 1 kB", 1024),
    ])
    func residentMemory(status: String, bytes: Int) {
        #expect(ProcessProbe.residentBytes(status: status) == bytes)
    }

    @Test(arguments: ["", "Name:\tkthread\n", "VmRSS:", "VmRSS:\tmany kB\n"])
    func noResidentMemory(status: String) {
        #expect(ProcessProbe.residentBytes(status: status) == nil)
    }

    private static let table = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
          12: 0100007F:2710 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          13: 0100007F:2711 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          14: 0200007F:2712 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          15: 0100007F:752F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          16: 0100007F:7530 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0
          17: garbage
        """

    @Test func boundPorts() {
        let one = IPAddress(ipv4: 0x7F00_0001)
        #expect(ProcessProbe.boundPorts(table: Self.table, on: one, in: 10_000...29_999) == 3)
        #expect(ProcessProbe.boundPorts(table: Self.table, on: IPAddress(ipv4: 0x7F00_0002), in: 1...65_535) == 1)
        #expect(ProcessProbe.boundPorts(table: "", on: one, in: 1...65_535) == 0)
    }

    @Test func boundPortsOfIPv6() {
        let table = "heads\n 1: 00000000000000000000000001000000:2710 0:0 07\n"
        #expect(
            ProcessProbe.boundPorts(table: table, on: IPAddress(ipv6High: 0, low: 1), in: 10_000...10_000) == 1)
    }
}
