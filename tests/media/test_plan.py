"""Plans and events on their way between the processes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.plan import (
    CallPlan,
    Digit,
    Dtmf,
    FirstPacket,
    LegPlan,
    LegStats,
    MediaEvent,
    Play,
    Played,
    Ports,
    Silent,
)
from bridge.media.plan_lines import decode_event, decode_plan, encode_event, encode_plan

FULL = LegPlan(
    "a",
    30000,
    ("127.0.0.1", 4000),
    "PCMU",
    0,
    101,
    ("b", "c"),
    Play("busy", 3),
    tap=True,
    absorb_dtmf=True,
    sends=False,
    digit=Digit("#", 4),
)


@pytest.mark.parametrize(
    "plan", [CallPlan("c1"), CallPlan("c1", (LegPlan("a", 30000),)), CallPlan("c1", (FULL,))]
)
def test_plans_round_trip(plan: CallPlan) -> None:
    line = encode_plan(plan)
    assert line.endswith(b"\n")
    assert decode_plan(line) == plan


@pytest.mark.parametrize(
    "event",
    [
        Ports((30000, 30002)),
        Dtmf("a", "#", 1.5),
        FirstPacket("a", ("127.0.0.1", 9), 2.0),
        Silent("a", 5.0),
        Played("a", 3),
        LegStats("a", 1, 2, 3, 4, 5.5),
    ],
)
def test_events_round_trip(event: MediaEvent) -> None:
    assert decode_event(encode_event(event)) == event


def changed(**fields: object) -> bytes:
    body = json.loads(encode_plan(CallPlan("c1", (FULL,))))
    body["legs"][0].update(fields)
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"call":1,"legs":[]}',
        b'{"call":"c","legs":[1]}',
        b'{"call":"c","legs":[{"leg":"a"}]}',
        changed(port=0),
        changed(port="x"),
        changed(port=True),
        changed(codec="G729"),
        changed(payload_type=128),
        changed(dtmf=-1),
        changed(leg=""),
        changed(leg="x" * 65),
        changed(remote=["host.example", 4000]),
        changed(remote=["127.0.0.1", 70000]),
        changed(hears=[1]),
        changed(play={"sound": 1, "id": 1}),
        changed(surprise=1),
    ],
)
def test_what_is_no_plan(line: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode_plan(line)


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_in_the_promised_way(line: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode_event(line)
