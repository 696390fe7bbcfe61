"""The key, seen from outside: from the moment the press leaves the agent's hand to the INVITE's arrival at
the desk, and to the ticket's acknowledgement.

Every press is a call of its own; caller and agent talk meanwhile. Once more while other people make calls,
and once with the recogniser on, the caller talking all the time and a page looking on: the key must not
notice.
"""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import numpy as np
from scene import CODE, Scene, scene
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bridge.media import dtmf, g711

PRESSES = 60
OTHER_CALLS = 50
"""A second: 180,000 an hour, many cities' worth."""
SPEECH = Path(__file__).parents[1] / "data" / "speech" / "a_caller_1.wav"
_PACE = 0.02
"""Seconds between two packets of a key."""
_PAUSE = 0.06
"""Seconds between two keys: as a phone's speed-dial key sends them."""
Press = Callable[[Scene], int]
"""Presses, and tells when: CLOCK_REALTIME nanoseconds."""


def run() -> dict[str, list[float]]:
    """Milliseconds of each press, by figure."""
    figures: dict[str, list[float]] = {"press_to_ticket_ms": []}
    with scene() as quiet:
        keys: dict[str, Press] = {"refer": _refer, "dtmf": _dtmf, "api": _api}
        for name, press in keys.items():
            figures[f"{name}_to_invite_ms"] = _presses(quiet, press, figures["press_to_ticket_ms"])
        with quiet.other_calls(OTHER_CALLS):
            tickets = figures["press_to_ticket_crowded_ms"] = []
            figures["refer_to_invite_crowded_ms"] = _presses(quiet, _refer, tickets)
    with scene(asr=True) as busy, _page(busy):
        tickets = figures["press_to_ticket_busy_ms"] = []
        figures["refer_to_invite_busy_ms"] = _presses(busy, _refer, tickets, speech())
    return figures


def _presses(
    stage: Scene, press: Press, tickets: list[float], said: list[bytes] | None = None
) -> list[float]:
    chance = random.Random(PRESSES)
    invites = []
    for _ in range(PRESSES):
        stage.connect(said)
        stage.wire.run(chance.uniform(0.03, 0.1))  # a hand does not know the bridge's rhythm
        pressed = press(stage)
        invites.append((stage.rung() - pressed) / 1e6)
        tickets.append((stage.acknowledged() - pressed) / 1e6)
        stage.end()
    return invites


def _refer(stage: Scene) -> int:
    return stage.agent.refer("110")


def _dtmf(stage: Scene) -> int:
    """The feature code by RFC 4733. It is pressed when the last key's first end packet is on its way; the
    two repetitions (§2.5.1.4) would come later."""
    stage.agent.hush()
    ended = 0
    for key in CODE:
        stage.wire.run(_PAUSE)
        for index, payload in enumerate(dtmf.press(key, frames=2)[:3]):
            stage.wire.run(_PACE)
            ended = stage.agent.key(payload, first=index == 0)
    stage.agent.talk()
    return ended


def _api(stage: Scene) -> int:
    """Over a connection that is open already, as a page's is."""
    page = http.client.HTTPConnection("127.0.0.1", stage.page)
    page.request("GET", "/api/v1/calls")
    calls = json.load(page.getresponse())["calls"]
    call = next(each["id"] for each in calls if not each["outcome"])
    body, headers = json.dumps({"to": "110"}), {"Idempotency-Key": str(uuid4())}
    headers["Content-Type"] = "application/json"
    pressed = time.time_ns()
    page.request("POST", f"/api/v1/calls/{call}/transfers", body, headers)
    stage.rung()
    with page.getresponse() as answer:
        if answer.status != 202:
            raise RuntimeError(f"the key was answered {answer.status}: {answer.read()!r}")
    page.close()
    return pressed


@contextmanager
def _page(stage: Scene) -> Iterator[None]:
    """Somebody looks at the live page."""
    with connect(f"ws://127.0.0.1:{stage.page}/api/v1/live", max_size=None) as socket:

        def look() -> None:
            try:
                for _ in socket:
                    pass
            except ConnectionClosed:
                return

        looker = threading.Thread(target=look, daemon=True)
        looker.start()
        yield
    looker.join()


def speech() -> list[bytes]:
    """A caller's recorded words (8 kHz) as frames of A-law."""
    with wave.open(str(SPEECH)) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), np.int16)
    octets = g711.encode("PCMA", samples)
    return [octets[at : at + 160] for at in range(0, len(octets) - 159, 160)]
