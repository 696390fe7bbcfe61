"""One browser's leg: a connection to the browser, a plug to the media process, and the packets between them.

The plug lives as long as the leg; connections come and go with the page's. Nothing here waits for a packet,
keeps one, or looks into its voice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Literal

import structlog
from aiortc import RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.exceptions import InternalError
from aiortc.sdp import candidate_from_sdp

from bridge.errors import MalformedSdp, NoCommonCodec
from bridge.media.browser import Candidate, Failed, Heard, Open, Opened, Told, Up, Why
from bridge.webrtc.offer import numeric, usable
from bridge.webrtc.plug import Plug
from bridge.webrtc.reports import from_browser, renumbered, ssrc_of, towards_browser
from bridge.webrtc.tap import Tap, codec_of, connection

log = structlog.get_logger(__name__)

QUIET: Final = 0.6
"""Seconds without a packet of the browser's after which it is not there: thirty packets lost in a row. The
caller gets music then, so it must neither be long nor come of a hiccup."""
HEADER: Final = 12


class Leg:
    """name: the leg's; near: our address next to the media process; tell: what control is told; now:
    CLOCK_MONOTONIC seconds."""

    def __init__(self, name: str, near: str, tell: Callable[[Told], None], now: Callable[[], float]) -> None:
        self.name, self._tell, self._now = name, tell, now
        self._plug = Plug(near, self._to_browser, self._report_to_browser)
        self._turn = 0
        self._pc: RTCPeerConnection | None = None
        self._tap: Tap | None = None
        self._heard_at = 0.0
        self._there = False
        self._media_ssrc = b"\0\0\0\0"

    # --- orders -------------------------------------------------------------------------------------------

    async def open(self, order: Open) -> None:
        """Answer the browser's offer; whatever was before is closed."""
        before, self._pc, self._tap, self._turn = self._pc, None, None, order.turn
        closing = asyncio.create_task(_closed(before))
        try:
            await self._answer(order)
        except NoCommonCodec:
            self._fail(order.turn, "no-common-codec")
        except (
            MalformedSdp,
            InternalError,
            ValueError,
            KeyError,
            IndexError,
            AttributeError,
            TypeError,
        ) as error:
            log.info("webrtc.offer_refused", leg=self.name, error=type(error).__name__)
            self._fail(order.turn, "malformed-sdp")
        except Exception as error:  # whatever a stranger's description brings out: this leg's trouble alone
            log.exception("webrtc.fault", leg=self.name, error=type(error).__name__)
            self._fail(order.turn, "fault")
        finally:
            await closing

    def aim(self, port: int) -> None:
        """Where the media process takes the leg's voice."""
        self._plug.aim(port)

    async def candidate(self, order: Candidate) -> None:
        """One more of the browser's addresses; those that are names or nonsense are left out."""
        if self._pc is None or not numeric(order.candidate):
            return
        found = candidate_from_sdp(order.candidate.removeprefix("candidate:"))
        found.sdpMid = order.mid
        await self._pc.addIceCandidate(found)

    def look(self) -> None:
        """Whether the browser still sends: asked some times a second."""
        if self._there and self._now() - self._heard_at > QUIET:
            self._there = False
            self._tell(Heard(self.name, there=False))

    async def close(self) -> None:
        """The leg is over."""
        before, self._pc, self._tap = self._pc, None, None
        self._plug.close()
        await _closed(before)

    # --- the connection -----------------------------------------------------------------------------------

    async def _answer(self, order: Open) -> None:
        sdp = usable(order.sdp)
        pc, voice = connection()
        self._pc = pc
        pc.on("connectionstatechange", lambda: self._changed(pc, order.turn))
        await pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        tap = Tap(voice, lambda data: self._from_browser(tap, data), lambda data: self._reported(tap, data))
        await pc.setLocalDescription(await pc.createAnswer())
        if self._turn != order.turn:  # a newer offer came while this one was worked on
            await _closed(pc)
            return
        self._tap = tap
        self._tell(Opened(self.name, order.turn, pc.localDescription.sdp, self._plug.port, _codec(voice)))

    def _changed(self, pc: RTCPeerConnection, turn: int) -> None:
        if pc is not self._pc:
            return
        if pc.connectionState == "connected":
            self._there, self._heard_at = True, self._now()
            self._tell(Up(self.name, turn))
        elif pc.connectionState in ("failed", "closed"):
            self._there = False
            self._fail(turn, "not-connected")

    def _fail(self, turn: int, why: Why) -> None:
        if turn == self._turn:
            self._tell(Failed(self.name, turn, why))

    # --- packets ------------------------------------------------------------------------------------------

    def _from_browser(self, tap: Tap, data: bytes) -> None:
        if tap is not self._tap or len(data) < HEADER:
            return
        self._heard_at = self._now()
        if not self._there:
            self._there = True
            self._tell(Heard(self.name, there=True))
        self._plug.send(data)

    def _to_browser(self, data: bytes) -> None:
        tap = self._tap
        if tap is None or not tap.ready or len(data) < HEADER:
            return
        self._media_ssrc = ssrc_of(data)
        self._send(tap, renumbered(data, tap.ssrc.to_bytes(4, "big")))

    def _reported(self, tap: Tap, compound: bytes) -> None:
        if tap is self._tap:
            self._plug.report(from_browser(compound, tap.ssrc, self._media_ssrc))

    def _report_to_browser(self, compound: bytes) -> None:
        tap = self._tap
        if tap is not None and tap.ready:
            made = towards_browser(compound, tap.ssrc)
            if made:
                self._send(tap, made)

    def _send(self, tap: Tap, data: bytes) -> None:
        try:
            tap.send(data)
        except (ConnectionError, OSError) as error:
            log.debug("webrtc.unsent", leg=self.name, error=type(error).__name__)


def _codec(voice: RTCRtpTransceiver) -> Literal["PCMA", "PCMU"]:
    return "PCMU" if codec_of(voice) == "audio/PCMU" else "PCMA"


async def _closed(pc: RTCPeerConnection | None) -> None:
    if pc is not None:
        await pc.close()
