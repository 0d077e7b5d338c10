#!/usr/bin/env python3
"""Chromium on one side, plain RTP on the other, the relay between them, steered over ng.

The browser calls, holds, resumes, restarts ICE; then it is called. Both ends must hear the other's tone each time, and
an ICE restart must not be heard. What the proxy asks to be kept back is. Needs Chromium and Python 3.11 or later, nothing else; see README.md.
"""
import argparse
import http.server
import os
import re
import shutil
import sys
import tempfile
import threading
import time

from interop import Browser, NgClient, PlainEnd, Relay, plain_sdp, write_tone

HOST = "127.0.0.1"
BROWSER_HZ, PLAIN_HZ = 587, 1013
TO_PLAIN = {"ICE": "remove", "transport-protocol": "RTP/AVP", "rtcp-mux": ["demux"]}
TO_BROWSER = {"ICE": "force", "DTLS": "passive", "SDES": ["off"], "transport-protocol": "RTP/SAVPF", "rtcp-mux": ["offer"]}
REPLACE = {"replace": ["origin", "session-connection"]}


class Call:
    """One call with the browser as `from` or `to`."""

    def __init__(self, relay, browser, plain, call_id, browser_calls):
        self.ng, self.browser, self.plain, self.call_id = relay, browser, plain, call_id
        self.browser_calls = browser_calls

    def ask(self, command, offerer, sdp, options):
        tags = ("browser", "plain") if offerer == "browser" else ("plain", "browser")
        reply = self.ng.ask(
            command, **{"call-id": self.call_id, "from-tag": tags[0], "to-tag": tags[1], "sdp": sdp, **REPLACE, **options})
        if reply.get("result") != "ok":
            raise RuntimeError(f"{command}: {reply}")
        return reply["sdp"]

    def browser_offers(self, direction="sendrecv", restart=False, edits=False):
        """A full round of offer and answer that the browser begins. With `edits` the direction stands in the text alone,
        as JsSIP does it."""
        offer = self.browser.js(f"offer({str(restart).lower()})")
        if edits:
            offer = offer.replace("a=sendrecv", f"a={direction}")
        # As long as SIP takes: the browser's new sockets are at work before there is an answer.
        time.sleep(0.3 if restart else 0)
        to_plain = self.ask("offer", "browser", offer, TO_PLAIN)
        self.plain.remote = self.plain.destination(to_plain)
        back = {"sendonly": "recvonly", "inactive": "inactive"}.get(direction, "sendrecv")
        events = int(re.search(r"^a=rtpmap:(\d+) telephone-event/8000", to_plain, re.M)[1])
        answer = self.ask("answer", "browser", plain_sdp(self.plain.address, back, events), {"ICE": "force"})
        self.browser.js("answered(%s)" % self.browser.text(answer))

    def plain_offers(self, direction="sendrecv"):
        """A full round of offer and answer that the plain end begins."""
        offer = self.ask("offer", "plain", plain_sdp(self.plain.address, direction), TO_BROWSER)
        answer = self.browser.js("answer(%s)" % self.browser.text(offer))
        to_plain = self.ask("answer", "plain", answer, {"ICE": "remove", "transport-protocol": "RTP/AVP"})
        self.plain.remote = self.plain.destination(to_plain)

    def tell(self, command, tag):
        """A command about what one side sends."""
        reply = self.ng.ask(command, **{"call-id": self.call_id, "from-tag": tag, "flags": ["directional"]})
        if reply.get("result") != "ok":
            raise RuntimeError(f"{command}: {reply}")

    def end(self):
        self.ng.ask("delete", **{"call-id": self.call_id, "from-tag": "browser", "delete-delay": 0})
        self.browser.js("hangUp()")


class Test:
    def __init__(self):
        self.failures = 0

    def check(self, name, passed, *facts):
        self.failures += not passed
        print("PASS" if passed else "FAIL", name, *facts, flush=True)

    def check_tones(self, name, call):
        start = call.plain.mark()
        heard = call.browser.js("heard(1500)")
        tone = call.plain.hertz(start)
        passed = abs(heard - PLAIN_HZ) < 15 and abs(tone - BROWSER_HZ) < 15 and call.plain.lost(start) == 0
        self.check(name, passed, f"browser heard {heard:.0f} Hz, plain end {tone:.0f} Hz")

    def check_hold(self, name, call, plain_hears):
        """The browser hears nothing; nor does the plain end, unless it is only told to be quiet."""
        time.sleep(0.4)
        start, before = call.plain.mark(), call.browser.js("received()")
        time.sleep(1)
        packets = call.browser.js("received()") - before
        count = call.plain.count(start)
        right = abs(call.plain.hertz(start) - BROWSER_HZ) < 15 if plain_hears and count else count <= 2 and not plain_hears
        self.check(name, packets <= 2 and right, f"browser got {packets} packets, plain end {count}")

    def check_kept_back(self, who, call):
        """Media, sound and digits that the proxy has kept back, and lets go again."""
        call.tell("silence media", "browser")
        time.sleep(0.2)
        start = call.plain.mark()
        time.sleep(0.5)
        octets = call.plain.octets(start)
        self.check(f"{who}: browser silenced", octets == {0xFF}, f"{call.plain.count(start)} packets of {sorted(octets)[:4]}")
        call.tell("unsilence media", "browser")
        call.tell("block media", "plain")
        time.sleep(0.2)
        before = call.browser.js("received()")
        time.sleep(0.5)
        packets = call.browser.js("received()") - before
        self.check(f"{who}: plain end blocked", packets == 0, f"browser got {packets} packets")
        call.tell("unblock media", "plain")
        for command, expected in (("block DTMF", set()), ("unblock DTMF", {5})):
            call.tell(command, "browser")
            call.plain.events.clear()
            call.browser.js("dial('5')")
            time.sleep(1)
            heard = set(call.plain.events)
            self.check(f"{who}: {command}", heard == expected, f"plain end got digits {sorted(heard)}")

    def check_restart(self, name, call):
        """The worst gap of either end over some seconds from the restart on."""
        start = call.plain.mark()
        call.browser.js("watch()")
        call.browser_offers(restart=True)
        time.sleep(5)
        mine, theirs = call.browser.js("watched()"), call.plain.gap(start)
        self.check(name, mine < 700 and theirs < 700, f"longest gaps: browser {mine:.0f} ms, plain end {theirs:.0f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, help="the relay's program, with options if need be")
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--keep", help="folder for logs")
    arguments = parser.parse_args()
    folder = arguments.keep or tempfile.mkdtemp(prefix="browser-call-")
    os.makedirs(folder, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer((HOST, 0), lambda *a: handler(*a, directory=here))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    write_tone(f"{folder}/say.wav", BROWSER_HZ)
    test = Test()
    with Relay(arguments.relay, HOST, f"{folder}/relay.log") as relay, Browser(
        arguments.chromium, f"http://{HOST}:{server.server_port}/browser_call.html", folder) as browser:
        plain = PlainEnd(HOST, PLAIN_HZ)
        ng = NgClient(relay.control)
        for browser_calls in (True, False):
            who = "browser calls" if browser_calls else "browser is called"
            browser.js("start()")
            call = Call(ng, browser, plain, f"{who.replace(' ', '-')}@interop.invalid", browser_calls)
            call.browser_offers() if browser_calls else call.plain_offers()
            test.check(f"{who}: connected", browser.js("connected()"))
            test.check_tones(f"{who}: both hear", call)
            browser.js("direct('sendonly')")
            call.browser_offers("sendonly")
            test.check_hold(f"{who}: held by the browser", call, plain_hears=True)
            browser.js("direct('sendrecv')")
            call.browser_offers()
            test.check_tones(f"{who}: resumed by the browser", call)
            call.plain_offers("inactive")
            test.check_hold(f"{who}: held by the plain end", call, plain_hears=False)
            call.plain_offers()
            test.check_tones(f"{who}: resumed by the plain end", call)
            call.browser_offers("sendonly", edits=True)
            test.check_hold(f"{who}: held in JsSIP's way", call, plain_hears=True)
            call.browser_offers()
            test.check_tones(f"{who}: resumed in JsSIP's way", call)
            test.check_kept_back(who, call)
            test.check_tones(f"{who}: nothing kept back any more", call)
            for number in (1, 2):
                test.check_restart(f"{who}: ICE restart {number}", call)
            test.check_tones(f"{who}: after the restarts", call)
            call.end()
        plain.close()
    test.check("relay ends with status 0", relay.status == 0)
    if test.failures:
        print("logs in", folder)
    elif not arguments.keep:
        shutil.rmtree(folder)
    return 1 if test.failures else 0


if __name__ == "__main__":
    sys.exit(main())
