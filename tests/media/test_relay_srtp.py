"""SRTP ends in the media process: what is said reaches the other side, what proves nothing reaches nobody."""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import replace

import pytest
from pylibsrtp import Policy, Session

from bridge.media import dtmf, rtp
from bridge.media.plan import CallPlan, Dtmf, FirstPacket, LegPlan, LegStats, Srtp
from bridge.media.plan_lines import SUITES, decode_plan, encode_plan
from bridge.media.relay_srtp import PROFILES, Cipher

VOICE = bytes(range(160))
CM80 = "AES_CM_128_HMAC_SHA1_80"


def keys(suite: str = CM80) -> Srtp:
    return Srtp(suite, *(b64encode(os.urandom(SUITES[suite])).decode() for _ in range(2)))


def turned(srtp: Srtp) -> Srtp:
    """The same keys as the other end holds them."""
    return replace(srtp, receive=srtp.send, send=srtp.receive)


def test_the_reference_packet_of_libsrtp() -> None:
    """Key, salt, packet and result as published with RFC 3711's reference implementation."""
    key = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
    plain = bytes.fromhex("800f1234decafbadcafebabe" + "ab" * 16)
    sealed = bytes.fromhex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb")
    text = b64encode(key).decode()
    assert Cipher(Srtp(CM80, text, text)).close(plain) == sealed
    assert Cipher(Srtp(CM80, text, text)).open(sealed) == plain


@pytest.mark.parametrize("suite", list(SUITES))
def test_every_suite_there_and_back(suite: str) -> None:
    ours = keys(suite)
    here, there = Cipher(ours), Cipher(turned(ours))
    packet = rtp.build(8, (1, 160, 7), VOICE)
    sealed = here.close(packet)
    assert sealed is not None
    assert VOICE not in sealed
    assert there.open(sealed) == packet
    assert there.open(sealed) is None, "the same packet once more"
    report = bytes.fromhex("80c80006000000070000000000000000000000000000000000000000")
    closed = here.close_rtcp(report)
    assert closed is not None
    assert there.open_rtcp(closed) == report
    assert there.open_rtcp(closed) is None


def test_the_numbers_roll_over() -> None:
    """RFC 3711 §3.3.1: more than one circle of sequence numbers, none lost."""
    ours = keys()
    here, there = Cipher(ours), Cipher(turned(ours))
    for number in range(65_530, 65_536 + 65_546, 97):
        packet = rtp.build(8, (number, number * 160, 7), VOICE)
        assert there.open(here.close(packet) or b"") == packet


def test_the_same_key_again_changes_nothing_and_a_new_one_takes_over() -> None:
    ours, other = keys(), keys()
    here, there = Cipher(ours), Cipher(turned(ours))
    first, second, third = (here.close(rtp.build(8, (n, n * 160, 7), VOICE)) for n in (1, 2, 3))
    assert there.open(first or b"")
    there.follow(turned(ours))
    assert there.open(first or b"") is None, "replayed over a re-INVITE"
    there.follow(turned(other))
    assert there.open(second or b""), "still on its way under the old key"
    here.follow(other)
    assert there.open(here.close(rtp.build(8, (4, 640, 7), VOICE)) or b"")
    assert there.open(third or b"") is None, "the old key is over"


def test_plans_carry_keys_and_their_errors_do_not() -> None:
    plan = CallPlan("c", (LegPlan("a", 4000, srtp=keys("AEAD_AES_256_GCM")),))
    assert decode_plan(encode_plan(plan)) == plan
    srtp = plan.legs[0].srtp
    assert srtp is not None
    assert srtp.send not in repr(plan)
    for wrong in (replace(srtp, suite="NULL"), replace(srtp, receive="c2VjcmV0"), replace(srtp, send="?")):
        with pytest.raises(ValueError) as refused:
            decode_plan(encode_plan(CallPlan("c", (LegPlan("a", 4000, srtp=wrong),))))
        assert not {wrong.send, wrong.receive} & set(str(refused.value).split())


class Secure:
    """A telephone that speaks SRTP with keys of its own making."""

    def __init__(self, phone, suite: str) -> None:
        self.phone, self.srtp = phone, keys(suite)
        octets = {name: _octets(getattr(self.srtp, name)) for name in ("receive", "send")}
        profile = PROFILES[suite]
        self._out = Session(Policy(octets["receive"], Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))
        self._in = Session(Policy(octets["send"], Policy.SSRC_ANY_INBOUND, srtp_profile=profile))

    def say(self, payload: bytes = VOICE, payload_type: int = 8, step: int = 160) -> bytes:
        """One packet, as it went out."""
        phone = self.phone
        sealed = self._out.protect(rtp.build(payload_type, (phone.seq, phone.timestamp, phone.ssrc), payload))
        phone.sock.sendto(sealed, phone.to)
        phone.seq, phone.timestamp = phone.seq + 1, phone.timestamp + step
        return sealed

    def hear(self) -> tuple[rtp.Packet, bytes]:
        datagram = self._in.unprotect(self.phone.sock.recv(2048))
        packet = rtp.parse(datagram)
        return packet, datagram[packet.start : packet.end]


def _octets(text: str) -> bytes:
    from base64 import b64decode  # noqa: PLC0415

    return b64decode(text)


def secured(media, control, suite: str = CM80, *, both: bool = False):
    """A call of "a", under SRTP, and "b", in the clear unless `both`."""
    phones = [media.phone("127.0.0.2"), media.phone("127.0.0.3")]
    legs = []
    secures = [Secure(phones[0], suite), Secure(phones[1], suite) if both else None]
    for name, other, phone, secure in zip("ab", "ba", phones, secures, strict=True):
        phone.to = ("127.0.0.1", control.ports.pop(0))
        srtp = secure.srtp if secure else None
        legs.append(LegPlan(name, phone.to[1], phone.address, hears=(other,), dtmf=101, srtp=srtp))
    control.apply(CallPlan("call", tuple(legs)))
    return secures[0], secures[1] or phones[1], legs


@pytest.mark.parametrize("suite", list(SUITES))
def test_between_srtp_and_plain(media, suite: str) -> None:
    control = media.control()
    a, b, _ = secured(media, control, suite)
    for n in range(5):
        a.say(bytes([n]) * 160)
        assert b.hear()[1] == bytes([n]) * 160
        b.say(bytes([100 + n]) * 160)
        assert a.hear()[1] == bytes([100 + n]) * 160


def test_between_two_keys(media) -> None:
    control = media.control()
    a, b, _ = secured(media, control, both=True)
    a.say()
    assert b.hear()[1] == VOICE
    for payload in dtmf.press("5"):
        a.say(payload, 101, 0)
    assert control.wait(Dtmf).digit == "5"
    assert [b.hear()[0].payload_type for _ in range(8)] == [101] * 8


def test_what_does_not_authenticate_is_counted_and_latches_nobody(media) -> None:
    """A stranger that knows address and port but no key: in the clear, under another key, replayed."""
    control = media.control()
    a, b, legs = secured(media, control)
    stranger = media.phone("127.0.0.66")
    stranger.to = a.phone.to
    other = Secure(stranger, CM80)
    for _ in range(6):
        stranger.say(VOICE)
        other.say()
    sealed = a.say()
    assert control.wait(FirstPacket).source == a.phone.address
    assert b.hear()[1] == VOICE
    a.phone.sock.sendto(sealed, a.phone.to)
    a.phone.say(VOICE)
    a.phone.seq += 1
    a.say(b"\x01" * 160)
    assert b.hear()[1] == b"\x01" * 160
    assert b.hears_nothing()
    assert stranger.hears_nothing()
    control.apply(CallPlan("call"))
    assert control.wait(LegStats, lambda stats: stats.leg == "a").refused == 14
    assert len(legs) == 2


def test_new_keys_in_the_middle_of_a_call(media) -> None:
    control = media.control()
    a, b, legs = secured(media, control)
    a.say()
    assert b.hear()[1] == VOICE
    again = Secure(a.phone, "AES_CM_128_HMAC_SHA1_32")
    control.apply(CallPlan("call", (replace(legs[0], srtp=again.srtp), legs[1])))
    again.say(b"\x07" * 160)
    assert b.hear()[1] == b"\x07" * 160
    b.say(VOICE)
    assert again.hear()[1] == VOICE
    control.apply(CallPlan("call", (replace(legs[0], srtp=None), legs[1])))
    a.phone.say(b"\x08" * 160)
    assert b.hear()[1] == b"\x08" * 160
