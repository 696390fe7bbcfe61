"""aiortc is as bridge/webrtc/tap.py has it: its private parts are there and mean what they meant.

If this fails after an upgrade, nothing else of the telephone in the page can be trusted: read tap.py first.
"""

from __future__ import annotations

import inspect
from importlib.metadata import version
from pathlib import Path

import aioice.ice
import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpsender import RTCRtpSender

from bridge.webrtc.tap import Tap, codec_of, connection

PINNED = {"aiortc": "1.16.0", "aioice": "0.13.0"}


def test_the_versions_are_those_that_were_looked_at() -> None:
    assert {name: version(name) for name in PINNED} == PINNED
    wanted = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert all(f'"{name}=={number}"' in wanted for name, number in PINNED.items())


def test_what_is_replaced_is_called_as_it_was() -> None:
    assert list(inspect.signature(RTCDtlsTransport._handle_rtp_data).parameters) == [
        "self",
        "data",
        "arrival_time_ms",
    ]
    assert list(inspect.signature(RTCDtlsTransport._handle_rtcp_data).parameters) == ["self", "data"]
    assert list(inspect.signature(RTCDtlsTransport._send_rtp).parameters) == ["self", "data"]
    assert "_handle_rtp_data(data, arrival_time_ms=" in inspect.getsource(RTCDtlsTransport._recv_next)
    assert "_handle_rtcp_data(data)" in inspect.getsource(RTCDtlsTransport._recv_next)
    assert "get_host_addresses(" in inspect.getsource(aioice.ice.Connection.gather_candidates)
    assert "local_addr=(address, 0)" in inspect.getsource(aioice.ice.Connection.get_component_candidates)
    assert "self._ssrc" in inspect.getsource(RTCRtpSender.__init__)


async def test_a_connection_decodes_nothing_and_offers_g711_alone() -> None:
    made, voice = connection()
    try:
        tap = Tap(voice, lambda data: None, lambda data: None)
        assert not tap.ready
        with pytest.raises(ConnectionError):
            tap.send(b"\x80\x08" + bytes(10))
        assert codec_of(voice) == ""
        offer = await made.createOffer()
        assert "PCMA/8000" in offer.sdp
        assert "opus" not in offer.sdp
    finally:
        await made.close()
