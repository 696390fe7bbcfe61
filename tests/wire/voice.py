"""A voice on the wire: one UDP socket that sends recognisable A-law packets and says whom it hears.

Every voice is a single octet repeated, so that a packet tells by itself who spoke it; ring-back, tones and
announcements are none of them.
"""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import struct
import threading
import time
from collections import deque

from bridge.media import g711
from bridge.media.mixer import mix

FRAME = 160
"""Octets of A-law in 20 ms."""
PATIENCE = 15.0
"""Seconds a sound is waited for at the very most; a healthy bridge takes some milliseconds."""
EVENTS = 101
"""Payload type of telephone events in our descriptions."""
KEYS = "0123456789*#ABCD"
_CODES = itertools.cycle(range(1, 0x20))
"""Of the fourth and fifth segment of A-law: the sum of any two is neither of them."""


class Voice:
    """Bound as soon as it is made; silent until `talk`."""

    def __init__(self, host: str) -> None:
        self.host, self.code = host, next(_CODES)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.port: int = self.socket.getsockname()[1]
        self._to = (host, 9)
        self._stopped = threading.Event()
        self._events: deque[tuple[int, bytes]] = deque()
        self._speech: deque[bytes] = deque()
        self.began, self.said = 0.0, threading.Event()
        """CLOCK_MONOTONIC seconds at which the first packet of what was last said went out; and its end."""
        self._thread: threading.Thread | None = None

    def talk(self, to: tuple[str, int]) -> None:
        """Send 50 packets a second until closed."""
        self._to = to
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def say(self, octets: bytes) -> None:
        """A-law in the place of the voice, once, from now on; `said` tells when it began and that it is
        over."""
        self.began, self.said = 0.0, threading.Event()
        self._speech = deque(octets[at : at + FRAME] for at in range(0, len(octets) - FRAME + 1, FRAME))

    def turn(self, to: tuple[str, int]) -> None:
        """From now on speak to there."""
        self._to = to

    def dial(self, digits: str) -> None:
        """Keys by RFC 4733 between the packets of the voice: 80 ms each, the end sent three times."""
        for digit in digits:
            code = KEYS.index(digit)
            for length in (1, 2, 3, 4):
                self._events.append((length == 1, struct.pack("!BBH", code, 10, length * FRAME)))
            self._events.extend([(0, struct.pack("!BBH", code, 0x8A, 5 * FRAME))] * 3)
            self._events.append((-1, b""))

    def close(self) -> None:
        """Silent for ever."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        self.socket.close()

    def hears(self, other: Voice) -> None:
        """From now on: wait for the other's voice. Fails when it does not come."""
        self._wait(lambda body: body == bytes((other.code,)) * FRAME, f"voice {other.code}")

    def hears_both(self, one: Voice, other: Voice) -> None:
        """From now on: wait for the sum of the two."""
        both = g711.encode("PCMA", mix([one.samples, other.samples]))
        assert both[0] not in {one.code, other.code}
        self._wait(lambda body: body == both, f"voices {one.code} and {other.code} together")

    def hears_only_sounds(self, *others: Voice) -> None:
        """From now on, for half a second: a tone or an announcement comes, and none of these voices."""
        self.hears_sound()
        self.heard()
        for _ in range(25):
            assert select.select([self.socket], [], [], PATIENCE)[0], "nothing comes any more"
            body = self.socket.recv(2048)[12:]
            assert body[:1] not in {bytes((other.code,)) for other in others} or len(set(body)) > 1

    @property
    def samples(self) -> g711.Samples:
        """20 ms of this voice."""
        return g711.decode("PCMA", bytes((self.code,)) * FRAME)

    def hears_sound(self) -> None:
        """From now on: wait for a tone or an announcement, which is nobody's voice."""
        self._wait(lambda body: len(set(body)) > 3, "a sound")

    def heard(self) -> list[bytes]:
        """Payloads that wait to be read; they are gone then."""
        payloads = []
        with contextlib.suppress(BlockingIOError):
            while True:
                payloads.append(self.socket.recv(2048, socket.MSG_DONTWAIT)[12:])
        return payloads

    def _wait(self, right: object, what: str) -> None:
        self.heard()
        end = time.monotonic() + PATIENCE
        kinds: set[bytes] = set()
        while (left := end - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                body = self.socket.recv(2048)[12:]
                if right(body):  # type: ignore[operator]
                    return
                kinds.add(body[:4])
        raise AssertionError(f"{what} was not heard; heard: {[k.hex() for k in list(kinds)[:8]]}")

    def _words(self) -> bytes:
        """The next frame of what is said, b"" when it is over."""
        if not self._speech:
            return b""
        self.began = self.began or time.monotonic()
        frame = self._speech.popleft()
        if not self._speech:
            self.said.set()
        return frame

    def _send(self) -> None:
        due, began = time.monotonic(), 0
        for n in itertools.count():
            kind, body = 8, self._words() or bytes((self.code,)) * FRAME
            mark, event = self._events.popleft() if self._events else (-1, b"")
            if event:  # RFC 4733 §2.5.1.2: all packets of one event carry the time of its beginning
                began = n * FRAME if mark == 1 else began
                kind, body = EVENTS | 0x80 * (mark == 1), event
            head = struct.pack("!BBHII", 0x80, kind, n & 0xFFFF, began if event else n * FRAME, self.code)
            with contextlib.suppress(ConnectionRefusedError):
                self.socket.sendto(head + body, self._to)
            due += 0.02
            if self._stopped.wait(max(0.0, due - time.monotonic())):
                return
