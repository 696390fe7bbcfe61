"""The media process's own 20 ms clock: tones, prompts, mixes of three."""

from __future__ import annotations

import wave
from itertools import pairwise

import numpy as np
import pytest

from bridge.media import dtmf, g711, rtp
from bridge.media.plan import CallPlan, LegPlan, Play, Played
from bridge.media.tones import tones


def lone(media, control, **fields: object):
    """A call of one telephone, and a function that plans it anew."""
    phone, port = media.phone("127.0.0.2"), control.ports.pop(0)
    phone.to = ("127.0.0.1", port)

    def plan(**changes: object) -> None:
        given = {"remote": phone.address, **fields, **changes}
        control.apply(CallPlan("call", (LegPlan("a", port, **given),)))  # type: ignore[arg-type]

    plan()
    return phone, plan


def unbroken(packets: list[rtp.Packet]) -> bool:
    return all(
        rtp.seq_diff(after.seq, before.seq) == 1
        and rtp.timestamp_diff(after.timestamp, before.timestamp) == 160
        and after.ssrc == before.ssrc
        for before, after in pairwise(packets)
    )


@pytest.mark.parametrize(("codec", "payload_type"), [("PCMA", 8), ("PCMU", 0)])
def test_a_tone_begins_at_its_beginning_and_loops(media, codec, payload_type: int) -> None:
    phone, _ = lone(media, media.control(), codec=codec, payload_type=payload_type, play=Play("busy", 1))
    heard = [phone.hear() for _ in range(40)]
    busy = tones()["busy"].octets[codec]
    assert [payload for _, payload in heard] == [busy[n % len(busy)] for n in range(40)]
    assert unbroken([packet for packet, _ in heard])
    assert [packet.marker for packet, _ in heard] == [True, *[False] * 39]


def test_the_same_plan_again_does_not_begin_again(media) -> None:
    phone, plan = lone(media, media.control(), play=Play("hold", 1))
    heard = []
    for _ in range(6):
        heard += [phone.hear()[1] for _ in range(3)]
        plan()
    assert heard == list(tones()["hold"].octets["PCMA"][:18])


def test_another_sound_takes_over_without_a_break(media) -> None:
    phone, plan = lone(media, media.control(), play=Play("hold", 1))
    heard = [phone.hear() for _ in range(3)]
    plan(play=Play("ringback", 2))
    ringback = tones()["ringback"].octets["PCMA"]
    while heard[-1][1] != ringback[0]:
        heard.append(phone.hear())
    heard.append(phone.hear())
    assert heard[-1][1] == ringback[1]
    assert unbroken([packet for packet, _ in heard])


def write_prompt(media, samples: np.ndarray, name: str = "hello", rate: int = 8000) -> None:
    with wave.open(str(media.prompts / f"{name}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


def test_a_prompt_is_played_once(stopped_media) -> None:
    samples = np.arange(800, dtype=np.int16) * 10
    write_prompt(stopped_media, samples)
    write_prompt(stopped_media, samples, "wrong-rate", 16000)
    (stopped_media.prompts / "torn.wav").write_bytes(b"RIFF")
    stopped_media.start()
    control = stopped_media.control()
    phone, plan = lone(stopped_media, control, play=Play("prompt:hello", 7))
    heard = b"".join(phone.hear()[1] for _ in range(5))
    assert heard == g711.encode("PCMA", samples)
    assert control.wait(Played) == Played("a", 7)
    phone.quiet()
    plan()  # the same wish again, as after a reconnect
    plan(play=Play("prompt:hello", 8))
    assert phone.hear()[1] == heard[:160]
    assert control.wait(Played).id == 8
    for id_, name in enumerate(("wrong-rate", "torn", "../media"), start=9):
        plan(play=Play(f"prompt:{name}", id_))
        assert control.wait(Played).id == id_


def three(media, control, **fields: dict[str, object]):
    """A conference: each hears the two others."""
    names, phones, legs = ("a", "b", "c"), {}, []
    for name, codec in zip(names, ("PCMA", "PCMU", "PCMA"), strict=True):
        payload_type = 0 if codec == "PCMU" else 8
        phone, port = media.phone("127.0.0.2", payload_type), control.ports.pop(0)
        phone.to = ("127.0.0.1", port)
        phones[name] = phone
        others = tuple(other for other in names if other != name)
        given = {"dtmf": 101, **fields.get(name, {})}
        legs.append(LegPlan(name, port, phone.address, codec, payload_type, hears=others, **given))  # type: ignore[arg-type]
    control.apply(CallPlan("call", tuple(legs)))
    return [phones[name] for name in names], legs


def tone(level: int, codec) -> bytes:
    """A constant: its sum with another is easily told."""
    return g711.encode(codec, np.full(160, level, dtype=np.int16))


def level(codec, payload: bytes) -> int:
    return round(float(np.median(g711.decode(codec, payload))))


def test_three_hear_each_other_and_not_themselves(media) -> None:
    (a, b, c), _ = three(media, media.control())
    expected = {"a": 6000 + 12000, "b": 3000 + 12000, "c": 3000 + 6000}
    heard: dict[str, list[rtp.Packet]] = {"a": [], "b": [], "c": []}
    found = set()
    while found != {"a", "b", "c"}:
        a.say(tone(3000, "PCMA"))
        b.say(tone(6000, "PCMU"))
        c.say(tone(12000, "PCMA"))
        for name, phone in (("a", a), ("b", b), ("c", c)):
            packet, payload = phone.hear()
            heard[name].append(packet)
            loud = level("PCMU" if name == "b" else "PCMA", payload)
            assert loud < expected[name] * 1.05
            if abs(loud - expected[name]) < expected[name] * 0.05:
                found.add(name)
    assert all(unbroken(packets) for packets in heard.values())


def test_a_key_in_a_conference_reaches_the_others(media) -> None:
    (a, b, c), _ = three(media, media.control())
    a.say(tone(3000, "PCMA"))
    for payload in dtmf.press("4"):
        a.event(payload)
    for phone in (b, c):
        events = []
        while len(events) < 8:
            packet, payload = phone.hear()
            if packet.payload_type == 101:
                events.append((packet.timestamp, payload))
        assert [payload for _, payload in events] == dtmf.press("4")
        assert len({timestamp for timestamp, _ in events}) == 1


def test_from_mix_to_relay_and_back_on_one_stream(media) -> None:
    control = media.control()
    (a, _b, c), legs = three(media, control)
    heard = [a.hear()[0] for _ in range(3)]
    alone = [LegPlan(leg.leg, leg.port, leg.remote, leg.codec, leg.payload_type) for leg in legs]
    hears_c = LegPlan("a", legs[0].port, legs[0].remote, hears=("c",))
    control.apply(CallPlan("call", (hears_c, *alone[1:])))
    marked = b""
    while marked != b"\x77" * 160:
        c.say(b"\x77" * 160)
        packet, marked = a.hear()
        heard.append(packet)
    while not a.hears_nothing():
        heard.append(a.hear()[0])
    control.apply(CallPlan("call", tuple(legs)))
    heard += [a.hear()[0] for _ in range(5)]
    steps = [
        (rtp.seq_diff(after.seq, before.seq), rtp.timestamp_diff(after.timestamp, before.timestamp))
        for before, after in pairwise(heard)
    ]
    assert all(seq == 1 and timestamp >= 160 and timestamp % 160 == 0 for seq, timestamp in steps)


def test_a_sound_over_a_voice_is_a_mix(media) -> None:
    control = media.control()
    a, b = media.phone("127.0.0.2"), media.phone("127.0.0.3")
    port_a, port_b = control.ports.pop(0), control.ports.pop(0)
    b.to = ("127.0.0.1", port_b)
    legs = (
        LegPlan("a", port_a, a.address, hears=("b",), play=Play("ringback", 1)),
        LegPlan("b", port_b, b.address),
    )
    control.apply(CallPlan("call", legs))
    shifted = False
    for _ in range(50):  # the first second is tone
        b.say(tone(8000, "PCMA"))
        samples = g711.decode("PCMA", a.hear()[1]).astype(float)
        shifted = shifted or (abs(samples.mean() - 8000) < 1500 and samples.std() > 3000)
    assert shifted
