"""A telephone for the demo and the tests: pyVoIP 1.6.8 in a process of its own, led by JSON lines.

pyVoIP is a stranger here (GPLv3, extra `[phones]`, never imported by bridge/ or asr/): its SIP messages,
its SDP and its RTP packets are its own. Where it has a known fault that would hide what we want to see, the
fault is worked around below, each with a line that names it. What this adds is a measuring instrument:
every packet's arrival.

stdin, one JSON object a line:
  {"do": "call", "number": "12345"}   {"do": "say", "file": "x.wav"}   {"do": "dtmf", "digits": "*110#"}
  {"do": "packets", "from": t0, "to": t1}   {"do": "listen", "file": "x.wav", "from": t0, "to": t1}
  {"do": "hangup"}   {"do": "quit"}
stdout, the same way (all times are CLOCK_MONOTONIC seconds, comparable between processes of one machine):
  ready, registered, ringing, answered, saying, said, packets, listened, ended, trouble
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import random
import socket
import sys
import threading
import time
import warnings
import wave
from collections import deque
from typing import Any

warnings.filterwarnings("ignore", category=DeprecationWarning)  # audioop, and pyVoIP's own old names

import audioop  # noqa: E402  pyVoIP needs it too; audioop-lts from Python 3.13 on

import numpy as np  # noqa: E402
import pyVoIP  # noqa: E402

importlib.import_module("pyVoIP.VoIP")  # its modules import each other in a circle: this one must come first
from pyVoIP import RTP, SIP  # noqa: E402
from pyVoIP.VoIP import CallState, VoIPPhone  # noqa: E402
from pyVoIP.VoIP import VoIP as voip  # noqa: E402, N813

FRAME = 160
"""Samples in 20 ms at 8 kHz."""
PART = 4000
"""Samples in half a second."""
QUIET = 200.0
"""Root mean square below which half a second of a recording is a pause."""
SILENCE = b"\xff" * FRAME
"""µ-law for zero."""
KEYS = "0123456789*#ABCD"
LAWS = {0: audioop.ulaw2lin, 8: audioop.alaw2lin}
"""Static payload types of G.711 (RFC 3551 §6)."""


def tell(event: str, **facts: Any) -> None:
    """One line to whoever leads this phone."""
    sys.stdout.write(json.dumps({"ev": event, "at": time.monotonic(), **facts}) + "\n")
    sys.stdout.flush()


class Rtp(RTP.RTPClient):
    """pyVoIP's RTP client with exact times.

    Faults worked around: it sends µ-law bytes labelled A-law and squeezes audio through 8 bits (we hand it
    µ-law as it is); it paces by sleeping 20 ms more than it worked, and falls behind; it drops two bytes
    when the sequence wraps; it looks for packets every 10 ms only, so that arrivals could not be measured;
    it starts a second sender after a re-INVITE.
    """

    started = False

    def start(self) -> None:
        if self.started:
            return
        self.started = True
        self.frames: deque[tuple[int, bytes, bool, int]] = deque()
        self.arrivals: deque[tuple[float, bool]] = deque(maxlen=20_000)
        self.sound: deque[tuple[float, int, bytes]] = deque(maxlen=20_000)
        self.sin = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sout = self.sin
        self.sin.bind((self.inIP, self.inPort))
        self.sin.settimeout(0.2)
        for work in (self.recv, self.trans):
            threading.Thread(target=work, daemon=True).start()

    def say(self, ulaw: bytes) -> float:
        """Queue µ-law audio; when it will be over, CLOCK_MONOTONIC seconds."""
        padded = ulaw + b"\xff" * (-len(ulaw) % FRAME)
        frames = [(0, padded[i : i + FRAME], False, FRAME) for i in range(0, len(padded), FRAME)]
        self.frames.extend(frames)
        return time.monotonic() + len(frames) * 0.02

    def dial(self, digits: str) -> None:
        """RFC 4733: 100 ms of event packets a key, the end sent three times, then 60 ms of silence."""
        for digit in digits:
            code = KEYS.index(digit)
            for step in range(5):
                body = bytes((code, 10)) + ((step + 1) * FRAME).to_bytes(2, "big")
                self.frames.append((101, body, step == 0, 0))
            end = bytes((code, 0x80 | 10)) + (5 * FRAME).to_bytes(2, "big")
            self.frames.extend([(101, end, False, 0)] * 3)
            self.frames.append((-1, b"", False, 5 * FRAME))
            self.frames.extend([(0, SILENCE, False, FRAME)] * 3)

    def recv(self) -> None:
        while self.NSD:
            try:
                packet = self.sin.recv(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            now = time.monotonic()
            message = RTP.RTPMessage(packet, self.assoc)
            self.arrivals.append((now, message.marker))
            if packet[1] & 0x7F in LAWS:
                self.sound.append((now, packet[1] & 0x7F, packet[12:]))

    def trans(self) -> None:
        due = time.monotonic()
        while self.NSD:
            self._send(*(self.frames.popleft() if self.frames else (0, SILENCE, False, FRAME)))
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))

    def _send(self, payload_type: int, body: bytes, marker: bool, samples: int) -> None:
        if payload_type >= 0:
            head = bytes((0x80, payload_type | 0x80 * marker)) + (self.outSequence % 65536).to_bytes(2, "big")
            stamp = (self.outTimestamp % 2**32).to_bytes(4, "big") + self.outSSRC.to_bytes(4, "big")
            try:
                self.sout.sendto(head + stamp + body, (self.outIP, self.outPort))
            except OSError as error:
                if self.NSD:
                    tell("trouble", what=str(error))
            self.outSequence += 1
        self.outTimestamp += samples


class Sip(SIP.SIPClient):
    """pyVoIP's SIP client with the faults that would end calls or keep it out."""

    register_with_us = True

    def register(self) -> bool:
        # start() wants a registrar that answers; a phone out in the world has none here.
        return super().register() if self.register_with_us else True

    def gen_ack(self, request: SIP.SIPMessage) -> str:
        # It makes up a To tag for its ACK; a strict peer then drops the call after 32 s.
        made_up = super().gen_ack(request).split("\r\n")
        to = f"To: {request.headers['To']['raw']};tag={request.headers['To']['tag']}"
        return "\r\n".join(to if line.startswith("To:") else line for line in made_up)

    def gen_register(self, request: SIP.SIPMessage, deregister: bool = False) -> str:
        # It answers challenges in the form of RFC 2069, without qop: replayable, and refused for it.
        lines = super().gen_register(request, deregister).split("\r\n")
        return "\r\n".join(self._proof(request) if x.startswith("Authorization:") else x for x in lines)

    def _proof(self, request: SIP.SIPMessage) -> str:
        realm, nonce = request.authentication["realm"], request.authentication["nonce"]
        uri, cnonce = f"sip:{self.server}", f"{random.getrandbits(64):016x}"
        ha1 = _md5(f"{self.username}:{realm}:{self.password}")
        response = _md5(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{_md5(f'REGISTER:{uri}')}")
        return (
            f'Authorization: Digest username="{self.username}", realm="{realm}", nonce="{nonce}", '
            f'uri="{uri}", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="{cnonce}"'
        )

    def parse_message(self, message: SIP.SIPMessage) -> None:
        # A CANCEL from the peer is answered but otherwise ignored: the phone would ring for ever.
        if message.type == SIP.SIPMessageType.MESSAGE and message.method == "CANCEL":
            call = self.phone.calls.pop(message.headers["Call-ID"], None)
            if call is not None and call.state == CallState.RINGING:
                call.state = CallState.ENDED
            self.out.sendto(self.gen_ok(message).encode(), (self.server, self.port))
            return
        if message.type != SIP.SIPMessageType.MESSAGE and message.status in FINAL_TROUBLE:
            tell("refused", status=int(message.status))
        super().parse_message(message)


FINAL_TROUBLE = {SIP.SIPStatus(code) for code in (403, 404, 480, 486, 488, 503, 603)}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Telephone:
    """One line with one call at a time."""

    def __init__(self, args: argparse.Namespace) -> None:
        voip.RTP.RTPClient = Rtp
        voip.SIP.SIPClient = Sip
        Sip.register_with_us = not args.no_register
        self.args, self.call, self.state = args, None, ""
        host, port = args.server.split(":")
        self.phone = VoIPPhone(
            host, int(port), args.user, args.password, myIP=args.bind, callCallback=self.rings,
            sipPort=args.port, rtpPortLow=args.rtp, rtpPortHigh=args.rtp + 99,
        )  # fmt: skip

    def start(self) -> None:
        self.phone.start()
        tell("ready", status=str(self.phone.get_status()))
        threading.Thread(target=self.watch, daemon=True).start()

    def rings(self, call: Any) -> None:
        """pyVoIP calls this a second after the INVITE (its own doing), in a thread of its own."""
        self.call = call
        tell("ringing", headers={k: str(v) for k, v in call.request.headers.items() if k in TOLD})
        if self.args.mood == "busy":
            call.deny()
        elif self.args.mood == "answers":
            time.sleep(max(0.0, self.args.after - 1.0))
            if call.state == CallState.RINGING:
                call.answer()
                tell("answering")
        while call.state in {
            CallState.RINGING,
            CallState.ANSWERED,
        }:  # its clean-up forgets calls whose thread ended
            time.sleep(0.05)

    def watch(self) -> None:
        """Tell when the call is answered and when it ends."""
        while True:
            state = self.call.state.value if self.call else ""
            if state != self.state:
                self.state = state
                if state in {"ANSWERED", "ENDED"}:
                    tell(state.lower())
            time.sleep(0.002)

    def do(self, order: dict[str, Any]) -> None:
        """One order."""
        match order["do"]:
            case "call":
                self.call = self.phone.call(order["number"])
            case "say":
                tell("saying", file=order["file"], until=self.rtp.say(_ulaw(order["file"])))
            case "dtmf":
                self.rtp.dial(order["digits"])
            case "packets":
                window = (order["from"], order["to"])
                seen = [item for item in list(self.rtp.arrivals) if window[0] <= item[0] <= window[1]]
                tell("packets", packets=seen)
            case "listen":
                window = (order["from"], order["to"])
                inside = [each for each in list(self.rtp.sound) if window[0] <= each[0] <= window[1]]
                heard = _samples(b"".join(LAWS[law](body, 2) for _, law, body in inside))
                said = _samples(audioop.ulaw2lin(_ulaw(order["file"]), 2))
                tell("listened", match=likeness(said, heard), loudest=loudest(heard))
            case "hangup":
                if self.call and self.call.state == CallState.ANSWERED:
                    self.call.hangup()

    @property
    def rtp(self) -> Rtp:
        return self.call.RTPClients[0]  # type: ignore[union-attr,no-any-return]


TOLD = {"Call-Info", "User-to-User", "From"}


def _ulaw(path: str) -> bytes:
    with wave.open(path, "rb") as clip:
        return audioop.lin2ulaw(clip.readframes(clip.getnframes()), 2)


def _samples(pcm: bytes) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64)


def likeness(said: np.ndarray[Any, Any], heard: np.ndarray[Any, Any]) -> float:
    """How much of what was said is in what was heard, 0..1: for each half second of it the best normalised
    correlation at any delay, of these the median, so that a frame dropped or doubled here and there does not
    count. Other words of the same voice come to some 0.3."""
    parts = [said[at : at + PART] for at in range(0, len(said) - PART, PART)]
    scores = [_best(part, heard) for part in parts if np.sqrt(np.mean(part**2)) > QUIET]
    return round(float(np.median(scores)), 3) if scores else 0.0


def _best(part: np.ndarray[Any, Any], heard: np.ndarray[Any, Any]) -> float:
    if len(heard) < len(part):
        return 0.0
    size = 1 << (len(heard) + len(part)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size)), size)
    energy = np.cumsum(np.concatenate(([0.0], heard**2)))
    windows = energy[len(part) :] - energy[: -len(part)]
    return float(np.max(products[: len(windows)] / np.sqrt((windows + 1.0) * np.sum(part**2))))


def loudest(heard: np.ndarray[Any, Any]) -> float:
    """The loudest 20 ms: root mean square of 16-bit samples."""
    frames = heard[: len(heard) // FRAME * FRAME].reshape(-1, FRAME)
    return round(float(np.sqrt(np.mean(frames**2, axis=1)).max()), 1) if len(frames) else 0.0


def main() -> None:
    """Lead the phone by stdin until it says quit, or closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bind", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", default="")
    parser.add_argument("--no-register", action="store_true")
    parser.add_argument("--mood", choices=("answers", "busy", "silent"), default="answers")
    parser.add_argument("--rtp", type=int, required=True)
    parser.add_argument("--after", type=float, default=1.0, help="seconds of ringing")
    pyVoIP.REGISTER_FAILURE_THRESHOLD = 3
    telephone = Telephone(parser.parse_args())
    telephone.start()
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "quit":
            break
        try:
            telephone.do(order)
        except Exception as error:
            tell("trouble", what=f"{type(error).__name__}: {error}")
    telephone.do({"do": "hangup"})
    telephone.phone.stop()


if __name__ == "__main__":
    main()
