#!/usr/bin/env python3
"""Three calls from sipp through Kamailio to sipp, the relay between them; everybody must count the same packets.

Compared for each direction of each call: what sipp says it has sent (or got and echoed), the relay's answers to ng
`query` and `delete`, `millrace ctl show`, `millrace ctl why`, and the Prometheus metrics. The second and the third call
play files with known losses. Needs sipp, Kamailio and root (sipp plays files through a raw socket); see README.md.
"""
import argparse
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

from interop import FRAME, NgClient, Relay, sine, to_mu_law

HOST, SIPP_CALLER, SIPP_CALLED, KAMAILIO = "127.0.0.1", 5061, 5062, 5070
SECONDS, FILE_PACKETS = 6, 300

KAMAILIO_CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
mpath="%(modules)s"
listen=udp:127.0.0.1:5070
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "rtpengine.so"
modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:%(port)d")
request_route {
    if (is_method("CANCEL")) { rtpengine_delete(); t_relay(); exit; }
    if (has_totag()) {
        if (!loose_route()) exit;
        if (is_method("BYE")) rtpengine_delete();
    } else {
        record_route();
        $du = "sip:127.0.0.1:5062";
    }
    if (is_method("INVITE")) {
        rtpengine_offer("replace-origin ICE=remove RTP/AVP");
        t_on_reply("ANSWER");
    }
    t_relay();
}
onreply_route[ANSWER] {
    if (status =~ "^2" && has_body("application/sdp")) rtpengine_answer("replace-origin ICE=remove RTP/AVP");
}
"""

SDP = """v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [%s] RTP/AVP 0
a=rtpmap:0 PCMU/8000
a=ptime:20
"""

CALLER = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller">
 <send retrans="500"><![CDATA[
INVITE sip:2001@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
From: <sip:1001@[local_ip]:[local_port]>;tag=[pid]u[call_number]
To: <sip:2001@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:1001@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

%(sdp)s]]></send>
 <recv response="100" optional="true"/>
 <recv response="180" optional="true"/>
 <recv response="200" rrs="true"/>
 <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
[routes]
From: <sip:1001@[local_ip]:[local_port]>;tag=[pid]u[call_number]
To: <sip:2001@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
 <nop><action><exec %(play)s/></action></nop>
 <pause milliseconds="%(talk)d"/>
 %(stop)s
 <pause milliseconds="8000"/>
 <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
[routes]
From: <sip:1001@[local_ip]:[local_port]>;tag=[pid]u[call_number]
To: <sip:2001@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
 <recv response="200"/>
</scenario>
"""

CALLED = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="called">
 <recv request="INVITE" rrs="true"/>
 <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_Record-Route:]
[last_From:]
[last_To:];tag=[pid]s[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:2001@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

%(sdp)s]]></send>
 <recv request="ACK"/>
 %(play)s
 <recv request="BYE"/>
 <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
 <pause milliseconds="300"/>
</scenario>
"""


def write_tone(path):
    with open(path, "wb") as file:
        file.write(bytes(to_mu_law(sample) for sample in sine(1013, 8000)) * 20)


def write_capture(path, lost):
    """A capture of PCMU of which the packets in `lost` are missing; how many are there."""
    written = 0
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(FILE_PACKETS):
            if number in lost:
                continue
            written += 1
            payload = struct.pack("!BBHII", 0x80, 0, 1000 + number, number * FRAME, 0x5151) + bytes(
                (number * 31 + index * 7) & 0xFF for index in range(FRAME))
            udp = struct.pack("!HHHH", 4000, 4002, 8 + len(payload), 0) + payload
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, bytes(4), bytes(4))
            frame = bytes(12) + b"\x08\x00" + ip + udp
            file.write(struct.pack("<IIII", number // 50, number % 50 * 20000, len(frame), len(frame)) + frame)
    return written


class Figures:
    """The relay's own answers, direction by direction."""

    def __init__(self, relay, program, socket, http):
        self.ng, self.program, self.socket, self.http = NgClient(relay.control), program, socket, http

    def ctl(self, *words):
        done = subprocess.run([self.program, "ctl", *words, "--json", f"--socket={self.socket}"], capture_output=True)
        return json.loads(done.stdout)

    def metrics(self):
        text = urllib.request.urlopen(f"http://{HOST}:{self.http}/metrics", timeout=5).read().decode()
        pattern = re.compile(r"^rtpengine_(interface_packets|interface_packets_lost|packets_total|packets_lost)(\{.*\})? (\d+)$")
        found = {}
        for line in text.splitlines():
            match = pattern.match(line)
            if match:
                place = re.search(r'direction="(\w+)"', match[2] or "")
                name = match[1] + (" " + place[1] if place else "")
                found[name] = found.get(name, 0) + int(match[3])
        return found

    @staticmethod
    def received(reply, tag):
        """RTP packets that came from a party, and that were lost before they came, as ng has them."""
        medias = reply["tags"][tag]["medias"]
        return (sum(stream["stats"]["packets"] for media in medias for stream in media["streams"] if "RTP" in stream["flags"]),
                sum(source["cumulative loss"] for media in medias for source in media.get("ingress SSRCs", [])))

    @staticmethod
    def sent(reply, tag):
        """RTP packets that left for a party."""
        return sum(stream["stats_out"]["packets"] for media in reply["tags"][tag]["medias"]
                   for stream in media["streams"] if "RTP" in stream["flags"])


class Sipp:
    def __init__(self, folder, name, text, *more):
        self.folder, self.name = folder, name
        self.path = os.path.join(folder, name + ".xml")
        with open(self.path, "w") as file:
            file.write(text)
        log = open(os.path.join(folder, name + ".log"), "wb")
        self.process = subprocess.Popen(
            ["sipp", "-sf", self.path, "-i", HOST, "-mi", HOST, "-nostdin", "-trace_screen", "-m", "1", "-timeout", "60",
             *more], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)

    def show_screens(self):
        """Sipp writes its screens to a file, which is whole when it has ended."""
        self.process.send_signal(signal.SIGUSR2)

    def packets(self):
        """RTP packets that it has sent, and that it has echoed, by its screens."""
        path = os.path.join(self.folder, f"{self.name}_{self.process.pid}_screen.log")
        with open(path, errors="replace") as file:
            text = file.read()
        counts = [[int(count) for count in re.findall(rf"(\d+) Total {what}", text)]
                  for what in ("RTP pckts sent", "echo RTP pckts 1st stream")]
        # Files and streams are counted on lines of their own.
        return tuple(max(found, default=None) for found in counts)

    def end(self):
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


class Run:
    def __init__(self, folder, figures):
        self.folder, self.figures, self.failures = folder, figures, 0

    def check(self, words, isTrue, detail=""):
        self.failures += not isTrue
        print(f"{'PASS' if isTrue else 'FAIL'}: {words}{': ' + detail if detail else ''}", flush=True)

    def call(self, number, name, caller_play, called_play, lost, echoes):
        """Plays one call, and asks everybody while it is quiet before its end."""
        port = 30000 + 100 * number
        stop = '<nop><action><exec rtp_stream="pause"/></action></nop>' if "rtp_stream" in caller_play else ""
        before = self.figures.metrics()
        media = "media_port" if "pcap" in caller_play else "rtpstream_audio_port"
        called_media = "media_port" if echoes else "rtpstream_audio_port"
        called = Sipp(self.folder, f"called{number}", CALLED % {"sdp": SDP % called_media, "play": called_play},
                      "-p", str(SIPP_CALLED), "-mp", str(port + 50), *(["-rtp_echo"] if echoes else []))
        time.sleep(0.5)
        caller = Sipp(self.folder, f"caller{number}", CALLER % {
            "sdp": SDP % media, "play": caller_play, "talk": (SECONDS + 2) * 1000, "stop": stop},
            "-p", str(SIPP_CALLER), "-mp", str(port), f"{HOST}:{KAMAILIO}")
        time.sleep(SECONDS + 4.5)
        calls = self.figures.ctl("list").get("calls", [])
        if not calls:
            self.check(f"{name}: the call is there", False)
            return caller.end(), called.end()
        call_id = calls[0]["call-id"]
        for sipp in (caller, called):
            sipp.show_screens()
        query = self.figures.ng.ask("query", **{"call-id": call_id})
        shown, why = self.figures.ctl("show", call_id), self.figures.ctl("why", call_id)
        after = self.figures.metrics()
        deleted = self.figures.ng.ask("delete", **{"call-id": call_id, "delete-delay": 0})
        status = caller.end(), called.end()
        self.check(f"{name}: sipp ends the call", status == (0, 0), f"{status}")
        (caller_sent, _), (called_sent, echoed) = caller.packets(), called.packets()
        self.compare(name, caller_sent, echoed if echoes else called_sent, lost,
                     {"query": query, "delete": deleted, "ctl show": shown["details"]}, why, before, after)

    def compare(self, name, caller_sent, from_called, lost, replies, why, before, after):
        tags = {side: next(one["from"]["tag"] for one in why["directions"] if one["from"]["name"] == words)
                for side, words in (("caller", "the caller"), ("called", "the callee"))}
        said = {"caller": caller_sent, "called": from_called}
        for side, other in (("caller", "called"), ("called", "caller")):
            packets, losses = {"sipp": said[side]}, {"what was played": lost[side]}
            for source, reply in replies.items():
                packets[source], losses[source] = Figures.received(reply, tags[side])
                packets[source + ", sent on"] = Figures.sent(reply, tags[other])
            verdict = next(one for one in why["directions"] if one["from"]["tag"] == tags[side])
            packets["ctl why"] = verdict["evidence"].get("packets")
            self.check(f"{name}, packets of the {side}", len(set(packets.values())) == 1, f"{packets}")
            self.check(f"{name}, losses of the {side}", len(set(losses.values())) == 1, f"{losses}")
        grown = {key: after[key] - before[key] for key in after}
        total, missing = (caller_sent or 0) + (from_called or 0), sum(lost.values())
        expected = {"interface_packets ingress": total, "interface_packets egress": total, "packets_total": total,
                    "interface_packets_lost": missing, "packets_lost": missing}
        self.check(f"{name}, Prometheus", grown == expected, f"{grown}, sipp {expected}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, help="the relay's program")
    parser.add_argument("--modules", default="/usr/lib/x86_64-linux-gnu/kamailio/modules/")
    parser.add_argument("--http-port", type=int, default=22225)
    parser.add_argument("--keep", help="folder for logs")
    arguments = parser.parse_args()
    for program in ("sipp", "kamailio"):
        if not shutil.which(program):
            parser.error(f"{program} is not installed")
    folder = arguments.keep or tempfile.mkdtemp(prefix="sipp-figures-")
    os.makedirs(folder, exist_ok=True)
    path = lambda name: os.path.join(folder, name)
    write_tone(path("tone.ul"))
    every_tenth, bursts = set(range(5, 295, 10)), {40, 41, 42, 43, 100, 150, 151, 250}
    write_capture(path("tenth.pcap"), every_tenth)
    write_capture(path("bursts.pcap"), bursts)
    stream = f'rtp_stream="{path("tone.ul")},-1,0"'
    relay = Relay(f"{arguments.relay} --listen-http={HOST}:{arguments.http_port} --control-socket={path('control.sock')}",
                  HOST, path("relay.log"))
    with relay:
        with open(path("kamailio.cfg"), "w") as file:
            file.write(KAMAILIO_CONFIG % {"modules": arguments.modules, "port": relay.control[1]})
        log = open(path("kamailio.log"), "wb")
        kamailio = subprocess.Popen(
            ["kamailio", "-DD", "-E", "-f", path("kamailio.cfg"), "-P", path("kamailio.pid"), "-Y", folder, "-m", "32", "-M", "8"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            time.sleep(1.5)
            run = Run(folder, Figures(relay, arguments.relay, path("control.sock"), arguments.http_port))
            called_stream = (f"<nop><action><exec {stream}/></action></nop><pause milliseconds=\"{SECONDS * 1000}\"/>"
                             '<nop><action><exec rtp_stream="pause"/></action></nop>')
            run.call(1, "streams both ways", stream, called_stream, {"caller": 0, "called": 0}, echoes=False)
            for number, name, file, lost in ((2, "every tenth packet lost", "tenth.pcap", every_tenth),
                                             (3, "bursts of losses", "bursts.pcap", bursts)):
                # What is echoed has the same gaps.
                run.call(number, name, f'play_pcap_audio="{path(file)}"', "", {"caller": len(lost), "called": len(lost)},
                         echoes=True)
        finally:
            kamailio.terminate()
            kamailio.wait(10)
    run.check("the relay ends in good order", relay.status == 0, f"status {relay.status}")
    print("PASS" if run.failures == 0 else f"FAIL ({run.failures}; logs in {folder})")
    return 0 if run.failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
