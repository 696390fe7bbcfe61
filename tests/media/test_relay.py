"""The media process on real sockets: who hears whom, and what never gets in."""

from __future__ import annotations

import select
import signal
import stat
from itertools import pairwise

import numpy as np
import pytest

from bridge.media import dtmf, g711, rtp
from bridge.media.plan import CallPlan, Digit, Dtmf, FirstPacket, LegPlan, LegStats, Play, Ports

A_VOICE = bytes(range(160))


def pair(media, control, *, legs: dict[str, dict[str, object]] | None = None):
    """A call of two telephones that hear each other: telephones "a" and "b", and a function that plans."""
    phones = {"a": media.phone("127.0.0.2"), "b": media.phone("127.0.0.3")}
    ports = {"a": control.ports.pop(0), "b": control.ports.pop(0)}

    def plan(**changes: dict[str, object]) -> None:
        made = []
        for name, other in (("a", "b"), ("b", "a")):
            fields: dict[str, object] = {"remote": phones[name].address, "hears": (other,), "dtmf": 101}
            made.append(LegPlan(name, ports[name], **{**fields, **changes.get(name, {})}))  # type: ignore[arg-type]
        control.apply(CallPlan("call", tuple(made)))

    for name, phone in phones.items():
        phone.to = ("127.0.0.1", ports[name])
    plan(**(legs or {}))
    return phones["a"], phones["b"], plan


def connect(control, *phones) -> None:
    """Every telephone has been heard once and every queue is empty."""
    for phone in phones:
        phone.say(b"\xd5" * 160)
    for _ in phones:
        control.wait(FirstPacket)
    for phone in phones:
        phone.say(b"\xd4" * 160)
    for phone in phones:
        while phone.hear()[1] != b"\xd4" * 160:
            pass


def test_it_says_where_it_is_and_only_our_user_may_talk_to_it(stopped_media) -> None:
    line = stopped_media.start()
    assert line.startswith(f"media ready {stopped_media.socket} ports ")
    assert stat.S_IMODE(stopped_media.socket.stat().st_mode) == 0o600
    assert stopped_media.stop(signal.SIGTERM) == 0
    assert not stopped_media.socket.exists()


def test_both_ways(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    for n in range(20):
        a.say(bytes([n]) * 160)
        b.say(bytes([100 + n]) * 160)
    at_b, at_a = [b.hear() for _ in range(20)], [a.hear() for _ in range(20)]
    assert [payload[0] for _, payload in at_b] == list(range(20))
    assert [payload[0] for _, payload in at_a] == list(range(100, 120))
    for before, after in pairwise(packet for packet, _ in at_b):
        assert rtp.seq_diff(after.seq, before.seq) == 1
        assert rtp.timestamp_diff(after.timestamp, before.timestamp) == 160
        assert after.ssrc == before.ssrc != a.ssrc


def test_the_account_of_a_closed_leg(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    a.seq += 3
    a.say()
    b.hear()
    control.apply(CallPlan("call"))
    stats = {leg: control.wait(LegStats, lambda stats, leg=leg: stats.leg == leg) for leg in ("a", "b")}
    assert (stats["a"].packets_in, stats["a"].lost, stats["a"].refused) == (3, 3, 0)
    assert stats["b"].packets_out in (2, 3)
    assert stats["b"].longest_gap_ms > 0


def test_losses_stay_visible(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    a.say()
    before, _ = b.hear()
    a.seq, a.timestamp = a.seq + 2, a.timestamp + 320
    a.say()
    after, _ = b.hear()
    assert rtp.seq_diff(after.seq, before.seq) == 3
    assert rtp.timestamp_diff(after.timestamp, before.timestamp) == 480


def test_extension_and_padding_are_not_passed_on(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    plain = rtp.build(8, (a.seq, a.timestamp, a.ssrc), A_VOICE)
    full = bytes([0xB0]) + plain[1:12] + b"\xbe\xde\x00\x01abcd" + plain[12:] + b"\0\0\0\x04"
    a.sock.sendto(full, a.to)
    assert b.sock.recv(2048)[12:] == A_VOICE


@pytest.mark.parametrize("payload_type", [0, 8])
def test_laws_are_translated(media, payload_type: int) -> None:
    control = media.control()
    codec = {0: "PCMU", 8: "PCMA"}
    a, b, _ = pair(
        media,
        control,
        legs={
            "a": {"codec": codec[payload_type], "payload_type": payload_type},
            "b": {"codec": codec[8 - payload_type], "payload_type": 8 - payload_type},
        },
    )
    a.payload_type, b.payload_type = payload_type, 8 - payload_type
    a.say(A_VOICE)
    control.wait(FirstPacket)
    for _ in range(3):
        a.say(A_VOICE)
    table = g711.transcoder(codec[payload_type], codec[8 - payload_type])
    for _ in range(4):  # the first goes the long way, the others the short one
        packet, payload = b.hear()
        assert packet.payload_type == 8 - payload_type
        assert payload == A_VOICE.translate(table)


def test_a_phone_may_send_either_law_and_change_its_mind(media) -> None:
    """It listed both in its answer; pyVoIP answers "8 0" and sends 0."""
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    silence = {0: b"\xff" * 160, 8: b"\xd5" * 160}
    for payload_type in (0, 0, 0, 8, 8, 8, 0):
        a.payload_type = payload_type
        a.say(silence[payload_type])
        packet, payload = b.hear()
        assert packet.payload_type == 8
        assert set(payload) <= {0xD5, 0x55}


def test_malformed_packets_are_counted_and_harm_nobody(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    good = rtp.build(8, (a.seq, a.timestamp, a.ssrc), A_VOICE)
    bad = [b"", b"x", bytes(172), good[:12], good + bytes(1900), b"\x8f" + good[1:20]]
    bad += [rtp.build(96, (1, 2, 3), A_VOICE), rtp.build(101, (1, 2, 3), b"\x01")]
    for datagram in bad:
        a.sock.sendto(datagram, a.to)
    a.sock.sendto(good, a.to)
    _packet, payload = b.hear()
    assert payload == A_VOICE
    control.apply(CallPlan("call"))
    assert control.wait(LegStats, lambda stats: stats.leg == "a").refused == len(bad)


def test_a_stranger_is_refused_once_the_telephone_is_known(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    stranger = media.phone("127.0.0.66")
    stranger.to = a.to
    for _ in range(10):
        stranger.say(b"\x66" * 160)
    a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
    b.say(A_VOICE)
    assert a.hear()[1] == A_VOICE
    assert stranger.hears_nothing()
    assert b.hears_nothing()


def test_behind_nat_the_first_sender_is_answered(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"remote": ("127.0.0.200", 4000)}})
    a.say(A_VOICE)
    assert control.wait(FirstPacket).source == a.address
    assert b.hear()[1] == A_VOICE
    b.say(A_VOICE)
    assert a.hear()[1] == A_VOICE


def test_the_address_of_the_sdp_wins_over_an_earlier_stranger(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    stranger = media.phone("127.0.0.66")
    stranger.to = a.to
    stranger.say(b"\x66" * 160)
    assert control.wait(FirstPacket).source == stranger.address
    b.hear()
    a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
    for _ in range(10):
        stranger.say(b"\x66" * 160)
    a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
    b.say(A_VOICE)
    assert a.hear()[1] == A_VOICE


def test_one_stray_packet_does_not_deafen_a_leg_behind_nat(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"remote": ("127.0.0.200", 4000)}})
    stranger = media.phone("127.0.0.66")
    stranger.to = a.to
    stranger.say(b"\x66" * 160)
    b.hear()
    for _ in range(8):
        a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
    b.say(b"\x11" * 160)
    assert a.hear()[1] == b"\x11" * 160


def test_a_new_sdp_moves_the_voice(media) -> None:
    control = media.control()
    a, b, plan = pair(media, control)
    connect(control, a, b)
    moved = media.phone("127.0.0.2")
    moved.to = a.to
    plan(a={"remote": moved.address})
    a.say(b"\x01" * 160)  # still on its way from the old address: heard, but not answered
    assert b.hear()[1] == b"\x01" * 160
    b.say(A_VOICE)
    assert moved.hear()[1] == A_VOICE
    moved.say(b"\x02" * 160)
    assert b.hear()[1] == b"\x02" * 160
    a.say(b"\x03" * 160)
    moved.say(b"\x04" * 160)
    assert b.hear()[1] == b"\x04" * 160
    assert a.hears_nothing()


def test_a_change_of_source_is_seamless(media) -> None:
    """The transfer: a hears b, then c, on one stream without a break in its numbers."""
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    c, port = media.phone("127.0.0.4"), control.ports.pop(0)
    c.to = ("127.0.0.1", port)
    b.say(b"\x0b" * 160)
    last, _ = a.hear()
    control.apply(
        CallPlan(
            "call",
            (
                LegPlan("a", a.to[1], a.address, hears=("c",)),
                LegPlan("c", port, c.address, hears=("a",)),
            ),
        )
    )
    control.wait(LegStats, lambda stats: stats.leg == "b")
    heard = []
    for n in range(5):
        c.say(bytes([n]) * 160)
        heard.append(a.hear())
    packets = [last, *[packet for packet, _ in heard]]
    assert [payload[0] for _, payload in heard] == [0, 1, 2, 3, 4]
    assert [rtp.seq_diff(after.seq, before.seq) for before, after in pairwise(packets)] == [1] * 5
    steps = [rtp.timestamp_diff(after.timestamp, before.timestamp) for before, after in pairwise(packets)]
    assert steps[0] % 160 == 0
    assert steps[0] >= 160
    assert steps[1:] == [160] * 4
    assert [packet.marker for packet in packets[1:]] == [True, False, False, False, False]
    assert len({packet.ssrc for packet in packets}) == 1


def test_who_must_not_be_sent_to_hears_nothing(media) -> None:
    control = media.control()
    a, b, plan = pair(media, control)
    connect(control, a, b)
    plan(b={"sends": False, "play": Play("busy", 1)})
    b.quiet()
    for _ in range(5):
        a.say()
        b.say(A_VOICE)
    for _ in range(5):
        assert a.hear()[1] == A_VOICE
    assert b.hears_nothing()


def test_a_key_is_told_once_and_passed_on(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"b": {"dtmf": 96}})
    connect(control, a, b)
    for payload in dtmf.press("7"):
        a.event(payload)
    a.say(A_VOICE)
    assert control.wait(Dtmf).digit == "7"
    heard = [b.hear() for _ in range(9)]
    assert [packet.payload_type for packet, _ in heard] == [96] * 8 + [8]
    assert len({packet.timestamp for packet, _ in heard[:8]}) == 1
    assert [payload for _, payload in heard[:8]] == dtmf.press("7")
    for payload in dtmf.press("#"):
        a.event(payload)
    assert control.wait(Dtmf).digit == "#"
    control.apply()
    assert not [event for event in control.events if isinstance(event, Dtmf)]


@pytest.mark.parametrize("why", ["absorbed", "not agreed"])
def test_a_key_for_us_leaves_no_trace(media, why: str) -> None:
    control = media.control()
    changes = {"a": {"absorb_dtmf": True}} if why == "absorbed" else {"b": {"dtmf": None}}
    a, b, _ = pair(media, control, legs=changes)
    connect(control, a, b)
    a.say()
    before, _ = b.hear()
    for payload in dtmf.press("*"):
        a.event(payload)
    a.say(A_VOICE)
    after, payload = b.hear()
    while payload != A_VOICE:  # a slow machine: silence filled the time
        assert payload == b"\xd5" * 160
        assert rtp.seq_diff(after.seq, before.seq) == 1
        before, (after, payload) = after, b.hear()
    assert rtp.seq_diff(after.seq, before.seq) == 1
    assert after.marker
    assert control.wait(Dtmf).digit == "*"


def test_a_key_for_us_is_silence_to_the_listener_not_a_dead_line(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"absorb_dtmf": True}})
    connect(control, a, b)
    a.say()
    before, _ = b.hear()
    for _ in range(2000):  # events for as long as it takes: a key held down
        a.event(dtmf.press("*")[0])
        if select.select([b.sock], [], [], 0.002)[0]:
            break
    after, payload = b.hear()
    assert payload == b"\xd5" * 160
    assert (after.payload_type, rtp.seq_diff(after.seq, before.seq)) == (8, 1)


def test_a_key_of_ours_goes_out_once_between_the_voice(media) -> None:
    control = media.control()
    a, b, plan = pair(media, control, legs={"b": {"dtmf": 96}})
    connect(control, a, b)
    a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
    for number, digit in enumerate("55#", 1):
        for _ in range(2):  # a wish repeated is one wish
            plan(b={"dtmf": 96, "digit": Digit(digit, number)})
    keys: list[tuple[int, bytes]] = []
    while len(keys) < 24:
        packet, payload = b.hear()
        if packet.payload_type == 96:
            keys.append((packet.timestamp, payload))
    assert [payload for _, payload in keys] == [*dtmf.press("5"), *dtmf.press("5"), *dtmf.press("#")]
    assert len({timestamp for timestamp, _ in keys}) == 3
    assert a.hears_nothing()
    for _ in range(2000):  # the voice goes on, packet by packet
        a.say(A_VOICE)
        packet, payload = b.hear()
        if payload == A_VOICE:
            break
    assert payload == A_VOICE
    assert packet.payload_type == 8


def test_a_restarted_process_presses_no_old_key(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"b": {"digit": Digit("1", 7)}})
    connect(control, a, b)
    a.say(A_VOICE)
    assert b.hear()[0].payload_type == 8
    assert b.hears_nothing()


def test_rtcp_is_swallowed(media) -> None:
    control = media.control()
    a, b, _ = pair(media, control)
    connect(control, a, b)
    for _ in range(3):
        a.sock.sendto(b"\x80\xc9\x00\x01" + bytes(4), (a.to[0], a.to[1] + 1))
    a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
    b.say(A_VOICE)
    assert a.hear()[1] == A_VOICE
    assert a.hears_nothing()


def test_used_ports_are_replaced_and_come_back(media) -> None:
    control = media.control()
    offered = set(control.ports)
    _a, _b, _ = pair(media, control)
    new = set()
    while len(new) < 2:
        new |= set(control.wait(Ports).ports)
    assert new.isdisjoint(offered)
    assert all(media.range[0] <= port < media.range[1] and port % 2 == 0 for port in new)


def test_tap_is_what_was_said(media, hear_tap) -> None:
    # All at once: within what the jitter buffer takes for a sender's clock that leapt (`jitter.EARLY`).
    listener = media.listen()
    control = media.control()
    a, _b, _ = pair(media, control, legs={"a": {"tap": True}, "b": {"codec": "PCMU", "payload_type": 0}})
    rng = np.random.default_rng(1)
    frames = [rng.integers(0, 256, 160, dtype=np.uint8).tobytes() for _ in range(14)]
    order = [0, 1, 3, 2, *range(4, 14)]
    for number in order:
        numbers = (a.seq + number, a.timestamp + number * 160, a.ssrc)
        a.sock.sendto(rtp.build(8, numbers, frames[number]), a.to)
    first = control.wait(FirstPacket)
    began, pcm = hear_tap(listener, "a", 320 * 14)
    assert began == first.at
    expected = g711.decode("PCMA", b"".join(frames)).astype("<i2").tobytes()
    assert pcm[: len(expected)] == expected
    listener.close()


def test_no_listener_for_taps_harms_nobody(media, hear_tap) -> None:
    control = media.control()
    a, b, _ = pair(media, control, legs={"a": {"tap": True}})
    connect(control, a, b)
    listener = media.listen()
    while True:
        a.say(A_VOICE)
        b.hear()
        listener.settimeout(0.05)
        try:
            listener.recv(16384)
        except TimeoutError:
            continue
        break
    listener.close()
    a.say(A_VOICE)
    assert b.hear()[1] == A_VOICE
