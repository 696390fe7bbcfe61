"""Harassing callers on the wire: turned away with a word, sent elsewhere, and let through to an emergency."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Need
from tests.wire.house import House
from tests.wire.phones import Phones, phones_of, speak
from tests.wire.routed import HARASSER, RoutedHouse
from tests.wire.script import Script
from tests.wire.sipp import until


@pytest.fixture
def house(routed_house: RoutedHouse) -> House:
    return routed_house


@pytest.fixture
def phones(house: House, need: Need, tmp_path: Path) -> Iterator[Phones]:
    yield from phones_of(house, need, tmp_path)


def caller(phones: Phones, user: str) -> Script:
    """Somebody whose number is shown."""
    return Script(phones.voice(HARASSER), called=False, user=user)


def record(house: House, number: str, count: int) -> list[str]:
    """What was done about this number, oldest first, once there is so much of it."""

    def find() -> list[str]:
        answer: list[dict[str, Any]] = house.api.get(
            "/api/v1/harassment/record", params={"number": number}
        ).json()["deeds"]
        return [deed["deed"] for deed in answer][::-1] if len(answer) >= count else []

    return until(find, f"{count} entries about {number}")


def gives_up(phones: Phones, user: str, number: str = "12345") -> None:
    """A call that rings the agent and is taken back."""
    phones.answering("agent", phones.agent().rings().is_cancelled())
    one = phones.calling(caller(phones, user).invite().gives_up(), number)
    one.got(r"^SIP/2.0 180")
    one.cue()
    phones.done()


def test_over_the_limit_a_caller_is_answered_and_hears_why(house: House, phones: Phones) -> None:
    """Nobody is rung. (That the call ends with the announcement, tests/services shows: it lasts 7 s.)"""
    gives_up(phones, "13800001")
    script = caller(phones, "13800001").invite().optional_100().recv(200).ack().cue().bye()
    again = phones.calling(script)
    speak(again)
    again.voice.hears_sound()
    assert house.the_call()["phase"] == "leaving"
    again.cue()
    phones.done()
    assert record(house, "13800001", 1) == ["limit"]


def test_an_emergency_is_rung_however_often_somebody_calls(house: House, phones: Phones) -> None:
    for _ in range(3):
        gives_up(phones, "13800002", "110")
    assert record(house, "13800002", 2) == ["warn", "warn"]


def test_a_number_marked_meanwhile_is_sent_to_somebody_else(house: House, phones: Phones) -> None:
    address = "/api/v1/harassment/13900009"
    assert house.api.put(address, json={"measure": "divert", "why": "常年骚扰"}).status_code == 200
    other = phones.answering(
        "second", phones.script(house.pbx_two, "8002").rings().cue().refuses(486, "Busy")
    )
    one = phones.calling(caller(phones, "13900009").invite().is_refused(486))
    other.got("^INVITE")
    shown = house.the_call()
    assert shown["caution"] == {"measure": "divert", "rule": "", "why": "loopback标记：常年骚扰"}
    other.cue()
    one.done()
    phones.done()
    assert house.api.delete(address, params={"why": "误标"}).status_code == 204
    gives_up(phones, "13900009")
    assert record(house, "13900009", 3) == ["marked:divert", "divert", "unmarked"]
