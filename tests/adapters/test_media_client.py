"""Control's media client against the real media process: ports, plans, events, taps, restarts; and bad
lines."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bridge.adapters import media_client
from bridge.adapters.media_client import MediaClient
from bridge.errors import Overload
from bridge.media import relay, rtp
from bridge.media.plan import CallPlan, Dtmf, FirstPacket, LegPlan, LegStats, MediaEvent, Ports
from bridge.media.plan_lines import encode_event
from tests.peers.nursery import Child
from tests.peers.ports import free_range

PATIENCE = 10.0
VOICE = bytes(range(160))


async def until(test: Callable[[], object]) -> None:
    """Lets the loop run until `test` is true; fails when it never is."""
    async with asyncio.timeout(PATIENCE):
        while not test():  # noqa: ASYNC110 - the conditions have many sources
            await asyncio.sleep(0.005)


class House:
    """A media process that can be killed and restarted, a client, and what the client was told."""

    def __init__(self, folder: Path) -> None:
        self.socket, self.tap = folder / "media.sock", folder / "tap.sock"
        self.first_port = free_range(100)[0]
        self.events: list[MediaEvent] = []
        self.taps: list[tuple[str, float, bytes]] = []
        self.client = MediaClient(
            self.socket,
            self.tap,
            on_event=self.events.append,
            on_tap=lambda leg, at, pcm: self.taps.append((leg, at, pcm)),
        )
        self.process: Child | None = None

    async def start(self) -> None:
        ports = (self.first_port, self.first_port + 99)
        self.process = Child(relay.run, self.socket, self.tap, "127.0.0.1", ports, 4, Path())
        async with asyncio.timeout(PATIENCE):
            await asyncio.to_thread(self.process.wait_line, "media ready")

    async def kill(self) -> None:
        if self.process is not None:
            await asyncio.to_thread(self.process.end, signal.SIGKILL, PATIENCE)
            self.process = None

    def told(self, kind: type[MediaEvent], leg: str) -> list[MediaEvent]:
        return [event for event in self.events if isinstance(event, kind) and event.leg == leg]  # type: ignore[union-attr]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Process and client, both running."""
    house = House(tmp_path)
    await house.start()
    await house.client.start()
    yield house
    await house.client.stop()
    await house.kill()


@pytest.fixture
def phone() -> Callable[[], socket.socket]:
    """Makes telephones: bound UDP sockets."""
    made: list[socket.socket] = []

    def make() -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.append(sock)
        sock.bind(("127.0.0.2", 0))
        sock.setblocking(False)
        return sock

    yield make
    for sock in made:
        sock.close()


def packet(number: int, ssrc: int = 1) -> bytes:
    return rtp.build(8, (number, number * 160, ssrc), VOICE)


def two(house: House, phones: list[socket.socket], *, tap: bool = False) -> CallPlan:
    a, b = (house.client.take_port() for _ in range(2))
    return CallPlan(
        "call",
        (
            LegPlan("a", a, phones[0].getsockname(), hears=("b",), tap=tap),
            LegPlan("b", b, phones[1].getsockname(), hears=("a",)),
        ),
    )


async def hears(phone: socket.socket) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return (await asyncio.get_running_loop().sock_recv(phone, 2048))[12:]


async def talk(speaker: socket.socket, port: int, listener: socket.socket, first: int = 0) -> None:
    """The speaker's voice reaches the listener (repeated: the plan is still on its way)."""
    async with asyncio.timeout(PATIENCE):
        while True:
            speaker.sendto(packet(first), ("127.0.0.1", port))
            first += 1
            try:
                assert await asyncio.wait_for(asyncio.get_running_loop().sock_recv(listener, 2048), 0.1)
            except TimeoutError:
                continue
            return


async def test_voice_events_and_taps(house: House, phone) -> None:
    phones = [phone(), phone()]
    plan = two(house, phones, tap=True)
    house.client.apply(plan)
    await talk(phones[0], plan.legs[0].port, phones[1])
    await until(lambda: house.told(FirstPacket, "a"))
    await until(lambda: sum(len(pcm) for leg, _, pcm in house.taps if leg == "a") >= 320)
    first = house.told(FirstPacket, "a")[0]
    assert isinstance(first, FirstPacket)
    assert house.taps[0][1] == first.at
    assert first.source == phones[0].getsockname()
    house.client.apply(CallPlan("call"))
    await until(lambda: house.told(LegStats, "a") and house.told(LegStats, "b"))
    assert not [event for event in house.events if isinstance(event, Ports)]


async def test_a_leg_that_goes_over_to_another_call_is_heard_on_and_keeps_its_port(
    house: House, phone
) -> None:
    phones = [phone(), phone(), phone()]
    plan, port = two(house, phones), house.client.take_port()
    a = plan.legs[0].port
    house.client.apply(plan)
    await talk(phones[0], a, phones[1])
    there = LegPlan("c", port, phones[2].getsockname(), hears=("a",))
    moved = LegPlan("a", a, phones[0].getsockname(), hears=("c",))
    house.client.apply(CallPlan("other", (there, moved)))
    house.client.apply(CallPlan("call"))
    await talk(phones[0], a, phones[2], first=1000)
    await until(lambda: house.told(LegStats, "b"))
    assert not house.told(LegStats, "a")
    await house.kill()
    await house.start()
    free = set[int]()

    def offered() -> bool:
        with suppress(Overload):
            free.add(house.client.take_port())
        return len(free) >= 3

    await until(offered)
    assert a not in free


async def test_ports_run_out_and_come_again(house: House) -> None:
    taken = [house.client.take_port() for _ in range(4)]
    assert len(set(taken)) == 4
    with pytest.raises(Overload):
        house.client.take_port()
    house.client.give_back(taken[0])
    assert house.client.take_port() == taken[0]
    house.client.apply(CallPlan("call", (LegPlan("a", taken[1]),)))
    fresh = 0

    def offered() -> bool:
        nonlocal fresh
        try:
            fresh = house.client.take_port()
        except Overload:
            return False
        return True

    await until(offered)
    assert fresh not in taken


async def test_a_restarted_media_process_is_told_everything(house: House, phone) -> None:
    phones = [phone(), phone()]
    kept = house.client.take_port()
    plan = two(house, phones)
    house.client.apply(plan)
    house.client.apply(CallPlan("over", (LegPlan("c", house.client.take_port()),)))
    await talk(phones[0], plan.legs[0].port, phones[1])
    await house.kill()
    house.client.apply(CallPlan("over"))
    await house.start()
    await talk(phones[0], plan.legs[0].port, phones[1], 500)
    await talk(phones[1], plan.legs[1].port, phones[0], 500)
    used = {kept, plan.legs[0].port, plan.legs[1].port}
    free = set()
    with suppress(Overload):
        while True:
            free.add(house.client.take_port())
    assert free
    assert free.isdisjoint(used)


async def test_a_new_client_finds_the_voice_still_flowing(house: House, phone, tmp_path: Path) -> None:
    phones = [phone(), phone()]
    plan = two(house, phones)
    house.client.apply(plan)
    await talk(phones[0], plan.legs[0].port, phones[1])
    await house.client.stop()
    phones[0].sendto(packet(900), ("127.0.0.1", plan.legs[0].port))
    assert await hears(phones[1]) == VOICE
    second = MediaClient(house.socket, house.tap, on_event=house.events.append, on_tap=lambda *_: None)
    await second.start()
    second.apply(plan)
    await talk(phones[0], plan.legs[0].port, phones[1], 901)
    second.apply(CallPlan("call"))
    await until(lambda: house.told(LegStats, "a"))
    await second.stop()


async def test_stop_twice_and_start_without_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_client, "CONNECT_TIMEOUT", 0.05)
    house = House(tmp_path)
    with pytest.raises(Overload, match="no media process"):
        await house.client.start()
    await house.client.stop()
    with pytest.raises(Overload):
        house.client.take_port()
    assert not house.tap.exists()


async def test_bad_lines_and_a_handler_that_fails_stop_nothing(tmp_path: Path) -> None:
    """A media process played by the test, because ours does not send such lines."""
    seen: list[MediaEvent] = []
    left = asyncio.Event()

    def on_event(event: MediaEvent) -> None:
        seen.append(event)
        raise RuntimeError("one call's trouble")

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in (encode_event(Ports((4000,))), b"nonsense\n", b'{"ev":"Gone"}\n', b"[]\n", b"\xff\n"):
            writer.write(line)
        writer.write(encode_event(Dtmf("a", "1", 1.0)) + encode_event(Dtmf("a", "2", 2.0)))
        await writer.drain()
        await reader.read()
        writer.transport.abort()
        left.set()

    client = MediaClient(tmp_path / "m", tmp_path / "t", on_event=on_event, on_tap=lambda *_: None)
    async with await asyncio.start_unix_server(play, tmp_path / "m"):
        await client.start()
        await until(lambda: len(seen) == 2)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as tap:
            tap.sendto(b"no tap", str(tmp_path / "t"))
        await client.stop()
        await asyncio.wait_for(left.wait(), PATIENCE)
    assert [event.digit for event in seen if isinstance(event, Dtmf)] == ["1", "2"]


async def test_a_media_process_that_does_not_read_is_left(tmp_path: Path, monkeypatch) -> None:
    """Plans are bounded: the connection is given up, and everything is sent again on the next one."""
    monkeypatch.setattr(media_client, "MAX_BUFFER", 1000)
    connections = 0
    hold = asyncio.Event()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.write(encode_event(Ports((4000,))))
        if connections > 1:
            hold.set()
        await hold.wait()
        writer.transport.abort()

    client = MediaClient(tmp_path / "m", tmp_path / "t", on_event=lambda _: None, on_tap=lambda *_: None)
    async with await asyncio.start_unix_server(play, tmp_path / "m", limit=1000):
        await client.start()
        await asyncio.sleep(0)
        for number in range(5000):
            client.apply(CallPlan("big", (LegPlan("a" * 60, 4000 + number % 2),)))
        await until(lambda: connections > 1)
        await client.stop()
