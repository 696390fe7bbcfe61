"""The webrtc process's door: the browser is aiortc itself, the media process and control are sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from bridge.media.browser import (
    Aim,
    Candidate,
    Close,
    Failed,
    Heard,
    Open,
    Opened,
    Order,
    Told,
    Up,
    decode_told,
    encode,
)
from bridge.media.rtp import build
from bridge.webrtc.door import Door
from bridge.webrtc.tap import offer_addresses

PARAMETERS = "a=mid:0\r\na=ice-ufrag:a\r\na=ice-pwd:b\r\na=fingerprint:c d\r\n"
HERE = "127.0.0.2"
SECONDS = 20.0


class Control:
    """Control's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    def order(self, *orders: Order) -> None:
        for order in orders:
            self.writer.write(encode(order))

    async def told(self, kind: type[Any]) -> Any:
        async with asyncio.timeout(SECONDS):
            while True:
                news: Told = decode_told(await self._reader.readline())
                if isinstance(news, kind):
                    return news


class Browser:
    """A stranger to ours: its packets are what it encrypts and decrypts itself."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.voice = self.pc.addTransceiver("audio", direction="sendrecv")
        self.got: list[bytes] = []
        self.came = asyncio.Event()

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return self.pc.localDescription.sdp

    async def take(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        transport = self.voice.sender.transport

        async def packet(data: bytes, arrival_time_ms: int) -> None:
            self.got.append(data)
            self.came.set()

        transport._handle_rtp_data = packet

    async def say(self, seq: int, text: bytes) -> None:
        await self.voice.sender.transport._send_rtp(build(8, (seq, 160 * seq, 4711), text))


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    offer_addresses((HERE,))
    door = Door(tmp_path / "webrtc.sock", HERE)
    await door.start()
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "webrtc.sock"))
    yield Control(reader, writer)
    writer.close()
    await door.stop()


@pytest.fixture
def media() -> AsyncIterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HERE, 0))
        sock.setblocking(False)
        yield sock


@contextlib.asynccontextmanager
async def connected(
    control: Control, media: socket.socket, turn: int = 1
) -> AsyncIterator[tuple[Browser, Opened]]:
    browser = Browser()
    try:
        control.order(Open("a.1", turn, await browser.offer()), Aim("a.1", media.getsockname()[1]))
        opened = await control.told(Opened)
        await browser.take(opened.sdp)
        up = await control.told(Up)
        assert up == Up("a.1", turn)
        yield browser, opened
    finally:
        await browser.pc.close()


async def received(sock: socket.socket) -> bytes:
    async with asyncio.timeout(SECONDS):
        return await asyncio.get_running_loop().sock_recv(sock, 2000)


async def test_voice_goes_both_ways_as_it_is(control: Control, media: socket.socket) -> None:
    async with connected(control, media) as (browser, opened):
        assert opened.codec == "PCMA"
        assert opened.port % 2 == 0
        await browser.say(1, b"from the browser")
        assert await received(media) == build(8, (1, 160, 4711), b"from the browser")
        media.sendto(build(8, (9, 1440, 99), b"to the browser"), (HERE, opened.port))
        await asyncio.wait_for(browser.came.wait(), SECONDS)
        known = browser.pc.remoteDescription.sdp.partition("a=ssrc:")[2].partition(" ")[0]
        assert browser.got[0] == build(8, (9, 1440, int(known)), b"to the browser"), (
            "under the number it knows"
        )


async def test_a_page_loaded_anew_keeps_the_port(control: Control, media: socket.socket) -> None:
    async with connected(control, media) as (_, first), connected(control, media, 2) as (browser, second):
        assert second.port == first.port
        await browser.say(1, b"again")
        assert await received(media) == build(8, (1, 160, 4711), b"again")


async def test_a_browser_that_falls_silent_is_told_of_and_so_is_its_return(
    control: Control, media: socket.socket
) -> None:
    async with connected(control, media) as (browser, _):
        assert await control.told(Heard) == Heard("a.1", there=False)
        await browser.say(1, b"back")
        assert await control.told(Heard) == Heard("a.1", there=True)


@pytest.mark.parametrize(
    ("sdp", "why"),
    [
        ("", "malformed-sdp"),
        ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "malformed-sdp"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" + PARAMETERS,
         "no-common-codec"),
        ("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8\r\n" + PARAMETERS,
         "malformed-sdp"),
    ],
)  # fmt: skip
async def test_a_strangers_offer_ends_in_one_answer(control: Control, sdp: str, why: str) -> None:
    control.order(Open("a.1", 1, sdp))
    told = await control.told(Failed)
    assert (told.turn, told.why) == (1, why)


async def test_a_browser_that_leaves_is_told_of(control: Control, media: socket.socket) -> None:
    async with connected(control, media) as (browser, _):
        await browser.pc.close()
        assert await control.told(Failed) == Failed("a.1", 1, "not-connected")
        control.order(Close("a.1"), Candidate("a.1", ""), Close("never"))


async def test_nonsense_of_control_is_counted_and_the_rest_goes_on(
    control: Control, media: socket.socket
) -> None:
    control.writer.write(b'{}\n[]\n{"kind":"Open"}\n\xff\n' + encode(Close("x")))
    async with connected(control, media):
        pass
