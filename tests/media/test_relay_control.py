"""The media process and its control: disconnects, restarts, bad lines, silence. Voice goes on through all
of it."""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.media import relay_calls, rtcp, rtp
from bridge.media.plan import CallPlan, Dead, FirstPacket, LegPlan, LegStats, Silent
from bridge.media.plan_lines import encode_plan
from bridge.media.relay_mix import Mixer
from bridge.media.relay_ports import PortPool
from bridge.media.relay_taps import Taps
from bridge.media.relay_voice import Voice

A_VOICE = bytes(range(160))


@pytest.fixture
def call(media):
    """A running call of two telephones, its plan and its control."""
    control = media.control()
    a, b = media.phone("127.0.0.2"), media.phone("127.0.0.3")
    a.to, b.to = ("127.0.0.1", control.ports.pop(0)), ("127.0.0.1", control.ports.pop(0))
    plan = CallPlan(
        "call",
        (
            LegPlan("a", a.to[1], a.address, hears=("b",)),
            LegPlan("b", b.to[1], b.address, hears=("a",)),
        ),
    )
    control.apply(plan)
    for phone in (a, b):
        phone.say()
        control.wait(FirstPacket)
    both_hear(a, b)
    return a, b, plan, control


def both_hear(a, b) -> None:
    """Each hears the other's next packet, whatever came before it."""
    for speaker, listener in ((a, b), (b, a)):
        speaker.say(A_VOICE)
        while listener.hear()[1] != A_VOICE:
            pass


def test_control_dies_and_voice_goes_on(media, call) -> None:
    a, b, plan, control = call
    control.close()
    for _ in range(5):
        both_hear(a, b)
    again = media.control()
    assert set(again.ports).isdisjoint({a.to[1], b.to[1]})
    assert len(again.ports) == 8
    again.apply(plan)
    both_hear(a, b)
    again.apply(CallPlan("call"))
    assert {again.wait(LegStats).leg for _ in range(2)} == {"a", "b"}


def test_packets_flow_while_control_changes(media, call) -> None:
    a, b, plan, control = call
    sent = 0
    for n in range(6):
        for _ in range(20):
            a.say(bytes([sent % 256]) * 160)
            sent += 1
        if n % 2:
            control.apply(plan)
        else:
            control.close()
            control = media.control()
    heard = [b.hear()[1][0] for _ in range(sent)]
    assert heard == [n % 256 for n in range(sent)]


def test_a_new_control_replaces_one_that_hangs(media, call) -> None:
    a, b, plan, _ = call
    second = media.control()
    second.apply(plan)
    both_hear(a, b)


def test_killed_and_restarted_it_goes_on_with_the_plans(media, call) -> None:
    a, b, plan, control = call
    media.stop(signal.SIGKILL)
    control.close()
    media.start()
    again = media.control()
    again.apply(plan)
    for phone in (a, b):
        phone.say()
        again.wait(FirstPacket)
    both_hear(a, b)


def test_a_port_outside_the_range_is_bound_when_free(media, call) -> None:
    a, b, _, control = call
    free = media.phone()
    port = free.address[1] & ~1
    free.sock.close()
    control.apply(
        CallPlan(
            "call",
            (
                LegPlan("a", port, a.address, hears=("b",)),
                LegPlan("b", b.to[1], b.address, hears=("a",)),
            ),
        )
    )
    a.to = ("127.0.0.1", port)
    a.say(A_VOICE)
    while b.hear()[1] != A_VOICE:
        pass


def test_a_port_that_is_taken_is_told(media, call) -> None:
    _, _b, _, control = call
    taken = media.phone("127.0.0.1")
    plan = LegPlan("late", taken.address[1] & ~1, None)
    if plan.port != taken.address[1]:  # the pair's RTCP port is the taken one
        assert plan.port + 1 == taken.address[1]
    control.apply(CallPlan("other", (plan,)))
    assert control.wait(LegStats) == LegStats("late", 0, 0, 0, 0, 0.0)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"nonsense\n",
        b"\xff\xfe\n",
        b"[" * 100_000 + b"\n",
        b'{"call":"call"}\n',
        b'{"call":"call","legs":[{"leg":"a","port":1,"surprise":1}]}\n',
        encode_plan(CallPlan("call", (LegPlan("a", 30000, ("127.0.0.1", 0)),))),
    ],
)
def test_a_bad_line_changes_nothing(call, line: bytes) -> None:
    a, b, _, control = call
    control.sock.sendall(line)
    control.apply()
    both_hear(a, b)


def test_a_line_without_end_costs_the_connection_only(media, call) -> None:
    a, b, plan, control = call
    control.sock.sendall(b"x" * 300_000)
    with pytest.raises((OSError, ValueError)):  # an end of file is no event
        control.wait(LegStats)
    media.control().apply(plan)
    both_hear(a, b)


def test_a_leg_moves_to_another_call(call) -> None:
    """What control does when it joins two calls: the leg keeps its stream, the old call's end does not
    close it."""
    a, b, plan, control = call
    control.apply(CallPlan("joined", plan.legs), CallPlan("call"))
    both_hear(a, b)
    assert not [event for event in control.events if isinstance(event, LegStats) and event.leg in "ab"]


@pytest.fixture
def watched() -> Iterator[tuple[relay_calls.Calls, PortPool, list[object]]]:
    """The same objects as in the process, without its loop: time passes as an argument."""
    told: list[object] = []
    epoll = select.epoll()
    pool = PortPool("127.0.0.1", (31000, 31999), 2)
    pool.fill()
    voice = Voice(lambda *_: None, lambda *_: None)
    calls = relay_calls.Calls(
        epoll,
        pool,
        voice=voice,
        mixer=Mixer(voice),
        taps=Taps(epoll, None),
        sounds={}.get,
        tell=told.append,
        dead_after=60.0,
    )
    yield calls, pool, told
    calls.close()
    pool.close()
    epoll.close()


def test_silence_is_told_once_and_orphans_end(watched) -> None:
    calls, pool, told = watched
    plan = CallPlan("call", (LegPlan("a", pool.ports[0], ("127.0.0.1", 9)), LegPlan("b", pool.ports[1])))
    calls.apply(plan, 100.0)
    told.clear()
    for now in (104.9, 105.1, 106.0, 120.0):
        calls.watch(now)
    assert told == [Silent("a", 5.1)]
    calls.watch(500.0)
    assert calls.legs == 2  # named by this control: it lives
    calls.control_came()
    calls.watch(500.0)
    assert calls.legs == 0


def test_death_is_told_once_and_only_of_who_ought_to_speak(watched) -> None:
    """Neither voice nor RTCP for a minute. Not of who holds, nor of who was never told where to send."""
    calls, pool, told = watched
    ports = [*pool.ports]
    speaks, holds = (
        LegPlan("a", ports[0], ("127.0.0.1", 9)),
        LegPlan("b", ports[1], ("127.0.0.1", 9), quiet=True),
    )
    calls.apply(CallPlan("call", (speaks, holds)), 100.0)
    for now in (159.9, 160.1, 161.0, 400.0):
        calls.watch(now)
    assert [event for event in told if isinstance(event, Dead)] == [Dead("a", 60.1)]
    back = replace(holds, quiet=False)
    calls.apply(CallPlan("call", (speaks, back)), 400.0)
    calls.watch(459.0)
    assert len([event for event in told if isinstance(event, Dead)]) == 1
    calls.watch(461.0)
    assert [event.leg for event in told if isinstance(event, Dead)] == ["a", "b"]


@pytest.mark.parametrize("sign", ["rtcp", "comfort noise"])
def test_a_sign_of_life_is_enough(watched, sign: str) -> None:
    """A telephone that suppresses silence is not hung up."""
    calls, pool, told = watched
    phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    phone.bind(("127.0.0.1", 0))
    port = pool.ports[0]
    calls.apply(CallPlan("call", (LegPlan("a", port, phone.getsockname()),)), 100.0)
    (leg,) = calls._legs.values()
    for now in (150.0, 200.0, 250.0):
        if sign == "rtcp":
            phone.sendto(rtcp.build(7, None, None, b"x"), ("127.0.0.1", port + 1))
            assert calls.receive_rtcp(leg.pair.rtcp.fileno(), now)
        else:
            phone.sendto(rtp.build(13, (int(now), int(now) * 160, 7), b"\x40"), ("127.0.0.1", port))
            calls._voice.serve([(leg.pair.rtp.fileno(), select.EPOLLIN)], now)
        calls.watch(now + 9)
    assert not [event for event in told if isinstance(event, Dead)]
    calls.watch(311.0)
    assert [event for event in told if isinstance(event, Dead)] == [Dead("a", 61.0)]
    phone.close()
