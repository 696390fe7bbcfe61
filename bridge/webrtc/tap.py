"""The raw path through aiortc: a browser's decrypted packets as octets in, octets out to be encrypted.

This is the only file that touches aiortc's and aioice's private parts (pyproject pins the versions,
tests/webrtc/test_tap.py fails loudly when they have moved). Why: aiortc decodes and encodes every packet, in
a thread a leg, behind a jitter buffer that adds 280 ms for the rest of a call after one loss (its issue 543).
The media process has a jitter buffer and G.711 of its own, so nothing of that is wanted here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpTransceiver
from aiortc.rtcrtpreceiver import RTCRtpReceiver

G711: Final = ("audio/PCMA", "audio/PCMU")
"""A-law first, as the telephone network here speaks it."""

Taker = Callable[[bytes], None]


def offer_addresses(addresses: tuple[str, ...]) -> None:
    """Offer browsers these addresses of ours; none: every one of this machine but 127.0.0.1, which aioice
    leaves out."""
    if addresses:
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: list(addresses)


def connection() -> tuple[RTCPeerConnection, RTCRtpTransceiver]:
    """A connection for one voice in G.711. No STUN server of aiortc's own choice: a centre's network is its
    own, and where it is not, the browser brings its TURN candidates."""
    made = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    voice = made.addTransceiver("audio", direction="sendrecv")
    can = RTCRtpReceiver.getCapabilities("audio")
    known = can.codecs if can is not None else []
    wanted = [codec for name in G711 for codec in known if codec.mimeType == name]
    voice.setCodecPreferences(wanted)
    # Neither a decoder thread nor a task that looks for frames fifty times a second: nobody needs them.
    voice.sender.send = _nothing  # type: ignore[method-assign,assignment]
    voice.receiver.receive = _nothing  # type: ignore[method-assign,assignment]
    return made, voice


def codec_of(voice: RTCRtpTransceiver) -> str:
    """What was agreed on, as `audio/NAME`; "" before the browser's description is known."""
    return voice._codecs[0].mimeType if voice._codecs else ""


class Tap:
    """The octets of one connection. on_packet: a decrypted RTP packet of the browser's; on_report: a compound
    RTCP packet."""

    def __init__(self, voice: RTCRtpTransceiver, on_packet: Taker, on_report: Taker) -> None:
        transport = voice.sender.transport
        self._transport, self.ssrc = transport, voice.sender._ssrc
        self._send = transport._send_rtp

        async def packet(data: bytes, arrival_time_ms: int) -> None:
            on_packet(data)

        async def report(data: bytes) -> None:
            on_report(data)

        transport._handle_rtp_data = packet  # type: ignore[method-assign]
        transport._handle_rtcp_data = report  # type: ignore[method-assign]

    @property
    def ready(self) -> bool:
        """Keys are agreed on."""
        return self._transport.state == "connected"

    def send(self, data: bytes) -> None:
        """To the browser, encrypted. Raises ConnectionError while there is no way to it."""
        # Nothing in it waits: it encrypts and writes to a UDP socket. A task for each would cost as much.
        _at_once(self._send(data))


def _at_once(work: Coroutine[Any, Any, None]) -> None:
    """A coroutine that does not wait, run to its end here. Raises RuntimeError for one that does."""
    try:
        work.send(None)
    except StopIteration:
        return
    work.close()
    raise RuntimeError("aiortc's way out waits for something: see bridge/webrtc/tap.py")


async def _nothing(*_: object) -> None:
    """In the place of what decodes and encodes."""
