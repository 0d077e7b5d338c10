#!/usr/bin/env python3
"""Calls through a running relay that are broken on purpose, each in another way, and what `millrace ctl why` says of each.

The ends are sockets of this program; packet filters are those of the system. Needs root and iptables, and openssl for a
DTLS handshake with a wrong certificate. To be run in a network namespace, as it sets packet filters; see README.md.
"""
import argparse
import json
import os
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from interop import FRAME, NgClient, Relay

HOST = "127.0.0.1"
MEDIA_SECONDS = 9
SPEECH = bytes(0xD5 ^ (index * index) & 0x3F for index in range(FRAME))
SILENCE = bytes([0xD5]) * FRAME
KEY = "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)


class End:
    """A phone: sends a packet every 20 ms from a socket of its own, if it is to send at all."""

    def __init__(self, payload_type=8, payload=SPEECH, talks=True, address=None):
        self.payload_type, self.payload, self.talks, self.signalled = payload_type, payload, talks, address
        self.target, self.number, self.source = None, 0, int.from_bytes(os.urandom(4))
        self.move()
        self.signalled = self.signalled or self.socket.getsockname()

    def move(self):
        """From another port from now on, as behind a NAT that has forgotten."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((HOST, 0))

    @property
    def port(self):
        return self.socket.getsockname()[1]

    def sdp(self, profile="RTP/AVP", formats="8 0", lines=(), direction="sendrecv"):
        text = ["v=0", f"o=- {self.source} 1 IN IP4 {self.signalled[0]}", "s=-", f"c=IN IP4 {self.signalled[0]}", "t=0 0",
                f"m=audio {self.signalled[1]} {profile} {formats}", f"a={direction}", *lines]
        return "".join(line + "\r\n" for line in text)

    def take(self, sdp):
        self.sdp_of_relay = sdp
        self.target = (re.search(r"^c=IN IP4 (\S+)", sdp, re.M)[1], int(re.search(r"^m=audio (\d+)", sdp, re.M)[1]))

    def tick(self):
        try:
            while True:
                self.socket.recv(2048)
        except OSError:
            pass
        if not self.talks or not self.target:
            return
        self.number += 1
        payload = os.urandom(FRAME + 10) if self.payload == "cipher" else self.payload
        header = struct.pack("!BBHII", 0x80, self.payload_type, self.number & 0xFFFF, self.number * FRAME, self.source)
        try:
            self.socket.sendto(header + payload, self.target)
        except OSError:
            pass


class Call:
    def __init__(self, name, verdict, words=""):
        self.name, self.verdict, self.words = name, verdict, words
        self.ends, self.later = [], []

    def set_up(self, ng, a, b, offered=None, answered=None, to_b=None, to_a=None, passes_answer=True):
        self.ends += [a, b]
        tags = {"call-id": self.name, "from-tag": "a"}
        reply = ng.ask("offer", **tags, sdp=offered or a.sdp(), **{"ICE": "remove", **(to_b or {})})
        assert reply["result"] == "ok", reply
        b.take(reply["sdp"])
        if passes_answer:
            reply = ng.ask("answer", **tags, **{"to-tag": "b"}, sdp=answered or b.sdp(), **{"ICE": "remove", **(to_a or {})})
            assert reply["result"] == "ok", reply
            a.take(reply["sdp"])
        else:
            a.target = b.target
        return self

    def after(self, seconds, work):
        self.later.append((seconds, work))
        return self


class Filters:
    """Rules of the packet filter that are there now."""

    rules = []

    @classmethod
    def add(cls, chain, *words):
        subprocess.run(["iptables", "-A", chain, *words], check=True)
        cls.rules.append((chain, *words))

    @classmethod
    def clear(cls):
        while cls.rules:
            subprocess.run(["iptables", "-D", *cls.rules.pop()], check=False)


def is_in_own_network():
    """Whether the network is another than that of the first process, which is the machine's. Where that is not to be
    seen, it is taken for one if it has loopback alone."""
    try:
        return os.stat("/proc/self/ns/net").st_ino != os.stat("/proc/1/ns/net").st_ino
    except OSError:
        return [name for _, name in socket.if_nameindex()] == ["lo"]


def calls(ng, folder, processes):
    """All of them at once."""
    made = []

    def call(*words):
        made.append(Call(*words))
        return made[-1]

    call("good", "healthy").set_up(ng, End(), End())
    call("one way", "nothing-arrives", "from the caller").set_up(ng, End(talks=False), End())
    call("nobody talks", "nothing-arrives", "in either direction").set_up(ng, End(talks=False), End(talks=False))

    a, b = End(), End()
    call("a firewall before the relay", "nothing-arrives").set_up(ng, a, b)
    Filters.add("INPUT", "-p", "udp", "--sport", str(a.port), "-j", "DROP")
    a, b = End(), End()
    call("a firewall behind the relay", "send-refused", "packet filter").set_up(ng, a, b)
    Filters.add("OUTPUT", "-p", "udp", "--dport", str(b.port), "-j", "DROP")
    a, b = End(), End()
    call("a firewall in the middle of the call", "media-stopped", "stopped").set_up(ng, a, b).after(
        3, lambda port=a.port: Filters.add("INPUT", "-p", "udp", "--sport", str(port), "-j", "DROP"))
    a, b = End(), End()
    call("a third is lost", "loss", "are lost").set_up(ng, a, b)
    Filters.add("INPUT", "-p", "udp", "--sport", str(a.port), "-m", "statistic", "--mode", "nth", "--every", "3",
                "--packet", "0", "-j", "DROP")
    a, b = End(), End()
    call("a third is lost from the middle of the call on", "loss", "are lost").set_up(ng, a, b).after(
        6, lambda port=a.port: Filters.add("INPUT", "-p", "udp", "--sport", str(port), "-m", "statistic", "--mode",
                                           "nth", "--every", "3", "--packet", "0", "-j", "DROP"))

    call("a wrong address in the SDP", "unreachable", "port unreachable").set_up(
        ng, End(), End(talks=False, address=(HOST, 9)))
    call("a codec that was not taken", "codec-mismatch", "G729").set_up(
        ng, (a := End(payload_type=18)), End(), offered=a.sdp(formats="8 18"), answered=None)
    call("a payload type of nobody", "payload-type", "107").set_up(ng, End(payload_type=107), End())
    call("nothing but silence", "only-silence").set_up(ng, End(payload=SILENCE), End())
    a, b = End(), End()
    call("RTP to the port for RTCP", "wrong-port").set_up(ng, a, b)
    a.target = (a.target[0], a.target[1] + 1)
    a, b = End(), End()
    call("the NAT forgets", "address-mismatch", "its port has changed").set_up(ng, a, b).after(4.5, a.move)
    call("no answer is passed on", "answer-missing").set_up(ng, End(), End(), passes_answer=False)

    secure = {"transport-protocol": "RTP/SAVP"}
    a, b = End(payload="cipher"), End()
    call("a wrong SDES key", "srtp-authentication").set_up(
        ng, a, b, offered=a.sdp("RTP/SAVP", lines=["a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + KEY]),
        to_b={"transport-protocol": "RTP/AVP"}, to_a=secure)
    a, b = End(), End()
    call("in the clear where SRTP was agreed", "not-encrypted").set_up(
        ng, a, b, offered=a.sdp("RTP/SAVP", lines=["a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + KEY]),
        to_b={"transport-protocol": "RTP/AVP"}, to_a=secure)
    call("SRTP where none was agreed", "encrypted-unexpectedly").set_up(ng, End(payload="cipher"), End())

    dtls = {"transport-protocol": "UDP/TLS/RTP/SAVP"}
    a, b = End(talks=False), End()
    call("no handshake is begun", "dtls-unanswered", "ClientHello").set_up(
        ng, a, b, offered=a.sdp("UDP/TLS/RTP/SAVP", lines=["a=setup:active", FINGERPRINT]),
        to_b={"transport-protocol": "RTP/AVP"}, to_a=dtls)
    a, b = End(talks=False), End()
    one = call("a wrong fingerprint", "dtls-fingerprint").set_up(
        ng, a, b, offered=a.sdp("UDP/TLS/RTP/SAVP", lines=["a=setup:active", FINGERPRINT]),
        to_b={"transport-protocol": "RTP/AVP"}, to_a=dtls)
    one.after(1, lambda end=a: processes.append(handshake(folder, end)))

    a, b = End(talks=False, address=("192.0.2.77", 4000)), End()
    lines = ["a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuvwx", "a=rtcp-mux", "a=setup:active", FINGERPRINT,
             "a=candidate:1 1 udp 2130706431 192.0.2.77 4000 typ host"]
    call("ICE without TURN, and no way", "ice-unanswered", "no way between").set_up(
        ng, a, b, offered=a.sdp("UDP/TLS/RTP/SAVPF", lines=lines), to_b={"transport-protocol": "RTP/AVP"},
        to_a={"transport-protocol": "UDP/TLS/RTP/SAVPF", "ICE": "force"})
    return made


def handshake(folder, end):
    """A DTLS client with a certificate of its own, from the socket of `end`, which is closed for that."""
    port = end.port
    end.socket.close()
    end.move()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key.pem", "-out",
         f"{folder}/cert.pem", "-days", "1", "-subj", "/CN=nobody"], check=True, capture_output=True)
    return subprocess.Popen(
        ["openssl", "s_client", "-dtls1_2", "-connect", "%s:%d" % end.target, "-bind", f"{HOST}:{port}", "-use_srtp",
         "SRTP_AES128_CM_SHA1_80", "-cert", f"{folder}/cert.pem", "-key", f"{folder}/key.pem"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def why(program, path, call_id):
    done = subprocess.run([program, "ctl", "why", call_id, "--json", f"--socket={path}"], capture_output=True)
    return json.loads(done.stdout), done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relay", required=True, help="the relay's program")
    parser.add_argument("--keep", help="folder for logs")
    arguments = parser.parse_args()
    if not is_in_own_network():
        parser.error("packet filters are only set in a network namespace of its own, as by unshare -n")
    for program in ("iptables", "openssl"):
        if not shutil.which(program):
            parser.error(f"{program} is not installed")
    folder = arguments.keep or tempfile.mkdtemp(prefix="broken-calls-")
    os.makedirs(folder, exist_ok=True)
    path, failures, processes = os.path.join(folder, "control.sock"), 0, []
    relay = Relay(f"{arguments.relay} --config-file=none --control-socket={path}", HOST, os.path.join(folder, "relay.log"))
    try:
        with relay:
            made = calls(NgClient(relay.control), folder, processes)
            later = sorted(((seconds, work) for call in made for seconds, work in call.later), key=lambda one: one[0])
            start = due = time.monotonic()
            # Those that nothing comes of are judged after five seconds; the last change is at six.
            while due < start + MEDIA_SECONDS + 12:
                while later and due >= start + later[0][0]:
                    later.pop(0)[1]()
                for call in made:
                    for end in call.ends:
                        end.tick()
                due += 0.02
                time.sleep(max(0, due - time.monotonic()))
            for call in made:
                said, status = why(arguments.relay, path, call.name)
                isRight = said["verdict"] == call.verdict and call.words in said["sentence"] and (
                    status == (1 if said["severity"] == "fault" else 0))
                failures += not isRight
                print(f"{'PASS' if isRight else 'FAIL'}: {call.name}: {said['verdict']}: {said['sentence']}"
                      + ("" if isRight else f" (not {call.verdict}; status {status})"), flush=True)
    finally:
        for process in processes:
            process.kill()
        Filters.clear()
    print("PASS" if failures == 0 else f"FAIL ({failures} of {len(made)}; logs in {folder})")
    return 0 if failures == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
