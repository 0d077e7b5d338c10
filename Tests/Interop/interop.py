"""What the interop tests are made of: the relay, an ng client, a plain RTP end, a Chromium. Standard library only."""
import json
import math
import os
import random
import re
import select
import shlex
import signal
import socket
import struct
import subprocess
import threading
import time

RATE, FRAME = 8000, 160


# ---- ng protocol

def encode(value):
    """Bencode."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        octets = value.encode()
        return b"%d:%s" % (len(octets), octets)
    if isinstance(value, (list, tuple)):
        return b"l" + b"".join(map(encode, value)) + b"e"
    return b"d" + b"".join(encode(key) + encode(value[key]) for key in value) + b"e"


def decode(octets, at=0):
    """The value that begins at `at`, and where it ends."""
    kind = octets[at:at + 1]
    if kind == b"i":
        end = octets.index(b"e", at)
        return int(octets[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        values, at = [], at + 1
        while octets[at:at + 1] != b"e":
            value, at = decode(octets, at)
            values.append(value)
        return (values if kind == b"l" else dict(zip(values[::2], values[1::2]))), at + 1
    colon = octets.index(b":", at)
    end = colon + 1 + int(octets[at:colon])
    return octets[colon + 1:end].decode(errors="replace"), end


class NgClient:
    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(1)

    def ask(self, command, **options):
        cookie = b"%016x" % random.getrandbits(64)
        message = cookie + b" " + encode({"command": command, **options})
        for _ in range(3):
            self.socket.sendto(message, self.address)
            try:
                while True:
                    reply = self.socket.recv(65535)
                    if reply.startswith(cookie):
                        return decode(reply, len(cookie) + 1)[0]
            except (TimeoutError, ConnectionError):
                continue
        raise TimeoutError(f"no reply to {command}")


class Relay:
    """The relay under test; ends with the `with` block."""

    def __init__(self, command, host, log):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((host, 0))
            self.control = free.getsockname()
        self.arguments = shlex.split(command) + [
            f"--interface={host}", "--listen-ng=%s:%d" % self.control, "--port-min=20000", "--port-max=20999",
            "--table=-1", "--foreground", "--log-stderr"]
        self.log, self.status = log, None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait()
        except BaseException:
            # Nobody else ends it: the `with` block has not begun.
            self.__exit__()
            raise
        return self

    def wait(self):
        client = NgClient(self.control)
        client.socket.settimeout(0.2)
        for _ in range(20):
            try:
                if self.process.poll() is None and client.ask("ping")["result"] == "pong":
                    return
            except TimeoutError:
                pass
        raise RuntimeError(f"the relay does not answer; see {self.log}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.status = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


# ---- sound

def to_linear(octet):
    """G.711 mu-law."""
    octet = ~octet & 0xFF
    magnitude = (((octet & 0x0F) << 3) + 0x84 << (octet >> 4 & 7)) - 0x84
    return -magnitude if octet & 0x80 else magnitude


LINEAR = [to_linear(octet) for octet in range(256)]


def to_mu_law(sample):
    return min(range(256), key=lambda octet: abs(LINEAR[octet] - sample))


def sine(hertz, count, rate=RATE):
    return [8000 * math.sin(2 * math.pi * hertz * index / rate) for index in range(count)]


def write_tone(path, hertz, rate=48000, seconds=10):
    """A WAV file with a tone; it repeats without a seam when `hertz` is whole."""
    samples = struct.pack("<%dh" % (rate * seconds), *(int(value) for value in sine(hertz, rate * seconds, rate)))
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " + struct.pack(
            "<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16) + b"data" + struct.pack("<I", len(samples)) + samples)


def loudest(samples):
    """The loudest frequency from 200 to 1,600 Hz, to 2 Hz; 0 for too little sound."""
    if len(samples) < RATE // 2:
        return 0

    def power(hertz):
        factor, one, two = 2 * math.cos(2 * math.pi * hertz / RATE), 0.0, 0.0
        for sample in samples:
            one, two = sample + factor * one - two, one
        return one * one + two * two - factor * one * two

    # Of a quarter of a second, since a longer window would fall between the steps.
    samples = samples[-RATE // 4:]
    return max(range(200, 1600, 2), key=power)


# ---- plain RTP

def plain_sdp(address, direction="sendrecv", events=101):
    version = int(time.time() * 1000)
    lines = ["v=0", f"o=- 1 {version} IN IP4 {address[0]}", "s=-", f"c=IN IP4 {address[0]}", "t=0 0",
             f"m=audio {address[1]} RTP/AVP 0 {events}", "a=rtpmap:0 PCMU/8000",
             f"a=rtpmap:{events} telephone-event/8000", f"a={direction}"]
    return "".join(line + "\r\n" for line in lines)


class PlainEnd:
    """Sends a tone in PCMU to `remote` while there is one, and keeps what comes; packets that are no PCMU in `events`."""

    def __init__(self, host, hertz):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(0.1)
        self.address, self.remote, self.packets, self.isOpen = self.socket.getsockname(), None, [], True
        self.events = []
        # A second of whole periods.
        self.tone = bytes(to_mu_law(sample) for sample in sine(hertz, RATE))
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def destination(sdp):
        """Where an SDP wants audio; None where it wants none."""
        wants_none = re.search(r"^a=(inactive|sendonly)\s*$", sdp, re.M)
        host, port = re.search(r"^c=IN IP4 (\S+)", sdp, re.M)[1], int(re.search(r"^m=audio (\d+)", sdp, re.M)[1])
        return None if wants_none else (host, port)

    def send(self):
        source, number, due = random.getrandbits(32), 0, time.monotonic()
        while self.isOpen:
            remote = self.remote
            if remote:
                start = number * FRAME % RATE
                header = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * FRAME & 0xFFFFFFFF, source)
                self.socket.sendto(header + self.tone[start:start + FRAME], remote)
                number += 1
            due += FRAME / RATE
            time.sleep(max(0, due - time.monotonic()))

    def receive(self):
        while self.isOpen:
            try:
                packet = self.socket.recv(2048)
            except OSError:
                continue
            if len(packet) > 12 and packet[0] >> 6 == 2 and packet[1] & 0x7F == 0:
                self.packets.append((time.monotonic(), int.from_bytes(packet[2:4]), packet[12:]))
            elif len(packet) == 16 and packet[0] >> 6 == 2:
                self.events.append(packet[12])

    def mark(self):
        """A place in what has come, to look on from."""
        return len(self.packets), time.monotonic()

    def count(self, mark):
        return len(self.packets) - mark[0]

    def lost(self, mark):
        numbers = [number for _, number, _ in self.packets[mark[0]:]]
        return (numbers[-1] - numbers[0] & 0xFFFF) + 1 - len(set(numbers)) if numbers else 0

    def octets(self, mark):
        """The different octets of the sound."""
        return {octet for _, _, payload in self.packets[mark[0]:] for octet in payload}

    def tone_samples(self, mark):
        return [LINEAR[octet] for _, _, payload in self.packets[mark[0]:] for octet in payload]

    def hertz(self, mark):
        return loudest(self.tone_samples(mark))

    def gap(self, mark):
        """The longest time without a packet since `mark`, in ms."""
        times = [mark[1]] + [at for at, _, _ in self.packets[mark[0]:]] + [time.monotonic()]
        return 1000 * max(later - earlier for earlier, later in zip(times, times[1:]))

    def close(self):
        self.isOpen = False
        for thread in self.threads:
            thread.join()
        self.socket.close()


# ---- Chromium

class Browser:
    """A headless Chromium at one page, steered by the DevTools protocol over a pipe; ends with the `with` block."""

    def __init__(self, program, url, folder):
        self.folder, self.url, self.number, self.input = folder, url, 0, b""
        self.arguments = [
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--remote-debugging-pipe", f"--user-data-dir={folder}/profile", "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={folder}/say.wav",
            "--allow-loopback-in-peer-connection", "--disable-features=WebRtcHideLocalIpsWithMdns",
            "--autoplay-policy=no-user-gesture-required", "about:blank"]

    def __enter__(self):
        theirs_in, self.out = os.pipe()
        self.into, theirs_out = os.pipe()

        def place():
            # Chromium reads descriptor 3 and writes 4.
            source, sink = os.dup(theirs_in), os.dup(theirs_out)
            os.dup2(os.dup2(source, 60), 3)
            os.dup2(os.dup2(sink, 61), 4)

        with open(f"{self.folder}/browser.log", "wb") as log:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=False, preexec_fn=place,
                env={**os.environ, "HOME": self.folder})
        os.close(theirs_in)
        os.close(theirs_out)
        target = self.command("Target.createTarget", {"url": self.url})["targetId"]
        self.session = self.command("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for _ in range(100):
            if self.js("document.readyState == 'complete' && typeof hangUp == 'function'"):
                return self
            time.sleep(0.1)
        raise RuntimeError("the page did not load")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def command(self, method, parameters, session=None):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + 60
        while time.monotonic() < end:
            while b"\0" in self.input:
                line, self.input = self.input.split(b"\0", 1)
                answer = json.loads(line)
                if answer.get("id") == self.number:
                    if "error" in answer:
                        raise RuntimeError(f"{method}: {answer['error']}")
                    return answer["result"]
            if select.select([self.into], [], [], 1)[0]:
                octets = os.read(self.into, 65536)
                if not octets:
                    raise RuntimeError("the browser is gone")
                self.input += octets
        raise TimeoutError(method)

    def js(self, expression):
        """The value of an expression, waited for if it is a promise."""
        answer = self.command(
            "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}, self.session)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:60]}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    @staticmethod
    def text(value):
        """`value` as a literal."""
        return json.dumps(value)
