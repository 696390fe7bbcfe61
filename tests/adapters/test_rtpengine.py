"""The question to rtpengine: Debian's own, one that is dead, and strangers in its place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from bridge.adapters.metrics import RTPENGINE_MALFORMED
from bridge.adapters.rtpengine import WAITS, Rtpengine
from bridge.media import ng
from tests.conftest import Need
from tests.peers.ports import address
from tests.peers.rtpengine import RtpengineDaemon

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 18\r\n"
)
PATIENCE = 10.0


async def _ask(engine: Rtpengine, command: ng.Command) -> ng.Reply | None:
    answered: asyncio.Future[ng.Reply | None] = asyncio.get_running_loop().create_future()
    engine.ask(command, answered.set_result)
    return await asyncio.wait_for(answered, PATIENCE)


@pytest.fixture
def daemon(need: Need, tmp_path: Path) -> Iterator[RtpengineDaemon]:
    daemon = RtpengineDaemon(need("rtpengine", debian="rtpengine-daemon"), tmp_path, address(0, 1))
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.kill()


class Stranger(asyncio.DatagramProtocol):
    """Somebody else at its port. answers: to each datagram, by its turn; the last goes on."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.heard = list(answers), list[bytes]()
        self.closed = asyncio.Event()
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer and self.transport is not None:
            self.transport.sendto(answer.replace(b"COOKIE", data.partition(b" ")[0]), addr)


@asynccontextmanager
async def _engine(at: tuple[str, int]) -> AsyncIterator[Rtpengine]:
    engine = Rtpengine(at)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


@asynccontextmanager
async def _strange(*answers: bytes) -> AsyncIterator[tuple[Stranger, Rtpengine]]:
    """An engine that is asked through, with a stranger where rtpengine should be."""
    stranger = Stranger(*answers)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: stranger, local_addr=("127.0.0.1", 0)
    )
    async with _engine(transport.get_extra_info("sockname")) as engine:
        yield stranger, engine
    transport.close()
    await asyncio.wait_for(stranger.closed.wait(), PATIENCE)


async def test_a_call_from_offer_to_delete(daemon: RtpengineDaemon) -> None:
    async with _engine(daemon.at) as engine:
        assert engine.up
        offer = await _ask(engine, ng.Offer("c.1", "in", SDP))
        assert offer is not None
        assert offer.well
        assert b"RTP/AVP 8\r\n" in offer.sdp  # nothing our own relay would not understand
        answer = await _ask(engine, ng.Answer("c.1", "in", "c.1", offer.sdp))
        assert answer is not None
        assert answer.well
        assert daemon.knows("c.1")
        done = await _ask(engine, ng.Delete("c.1", "in"))
        assert done is not None
        assert done.well
        assert not daemon.knows("c.1")
        unknown = await _ask(engine, ng.Answer("none", "in", "c.1", SDP))
        assert unknown is not None
        assert not unknown.well


async def test_a_dead_one_is_answered_for_at_once_and_missed(daemon: RtpengineDaemon) -> None:
    lost, beaten = asyncio.Event(), asyncio.Event()
    async with _engine(daemon.at) as engine:
        engine.lost = lost.set
        daemon.kill()
        assert await _ask(engine, ng.Offer("c.1", "in", SDP)) is None
        assert not engine.up
        await asyncio.wait_for(lost.wait(), PATIENCE)
        engine.beat = beaten.set
        daemon.start()
        await asyncio.wait_for(beaten.wait(), PATIENCE)
        assert engine.up


async def test_a_lost_question_is_repeated_with_the_same_cookie() -> None:
    async with _strange(b"", b"COOKIE d6:result4:ponge") as (stranger, engine):
        assert engine.up
        assert stranger.heard[0] == stranger.heard[1]


@pytest.mark.parametrize(
    "nonsense", [b"x", b"COOKIE d6:result", b"other d6:result2:oke", b"COOKIE " + b"l" * 900]
)
async def test_nonsense_is_counted_and_no_answer(nonsense: bytes) -> None:
    before = RTPENGINE_MALFORMED._value.get()
    async with _strange(nonsense) as (stranger, engine):
        assert not engine.up
        assert len(stranger.heard) == len(WAITS)
        counted = RTPENGINE_MALFORMED._value.get() - before
        assert counted == (0 if nonsense.startswith(b"other") else len(WAITS))
        assert await _ask(engine, ng.Offer("c.1", "in", SDP)) is None


async def test_stop_answers_what_is_open_and_may_be_repeated() -> None:
    async with _strange(b"COOKIE d6:result4:ponge", b"") as (_, engine):
        answered: asyncio.Future[ng.Reply | None] = asyncio.get_running_loop().create_future()
        engine.ask(ng.Offer("c.1", "in", SDP), answered.set_result)
        await engine.stop()
        assert answered.result() is None
