"""Offers as phones and PBXs write them, what we take from them, and what we answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MalformedSdp, NoCommonCodec
from bridge.sip.description import MAX_BODY, MAX_MEDIA, Media, parse_description
from bridge.sip.sdp import Audio, read_answer, read_offer, write_answer, write_offer

OFFERS = Path(__file__).parent.parent / "data" / "sip" / "offers"

TAKEN = {
    "asterisk": Audio(("192.0.2.10", 14562), "PCMA", 8, 101, "sendrecv"),
    "freeswitch": Audio(("198.51.100.7", 27154), "PCMA", 8, 101, "sendrecv"),
    "linphone": Audio(("192.0.2.31", 7078), "PCMA", 8, 100, "sendrecv"),
    "baresip": Audio(("127.0.0.4", 18120), "PCMA", 8, 101, "sendrecv"),
    "pyvoip": Audio(("127.0.0.5", 10042), "PCMA", 8, 101, "sendrecv"),
    "cisco": Audio(("192.0.2.44", 20456), "PCMA", 8, 101, "sendrecv"),
    "static-types": Audio(("203.0.113.9", 4002), "PCMU", 0, None, "sendrecv"),
    "video-first": Audio(("192.0.2.79", 5000), "PCMA", 8, None, "sendrecv"),
    "held": Audio(("192.0.2.10", 14562), "PCMA", 8, 101, "sendonly"),
    "held-inactive": Audio(("192.0.2.10", 14562), "PCMA", 8, None, "inactive"),
    "held-by-zero-address": Audio(("0.0.0.0", 17384), "PCMU", 0, 101, "sendonly"),
    "ipv6": Audio(("2001:db8::21", 6000), "PCMA", 8, 96, "sendrecv"),
    "dynamic-alaw": Audio(("192.0.2.3", 6000), "PCMA", 111, None, "sendrecv"),
    "line-feeds-only": Audio(("192.0.2.6", 8000), "PCMA", 8, None, "recvonly"),
    "attributes-first": Audio(("192.0.2.8", 9000), "PCMA", 8, 101, "sendrecv"),
    "two-audio": Audio(("192.0.2.60", 7002), "PCMA", 8, None, "sendrecv"),
}
REFUSED = {"only-srtp", "only-g729", "only-fax", "port-zero", "browser", "remapped-away"}


def offer(name: str) -> bytes:
    return (OFFERS / f"{name}.sdp").read_bytes()


def body(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", *lines)).encode()


VOICE = body("c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 8")


def test_every_offer_on_file_has_an_expectation() -> None:
    assert {path.stem for path in OFFERS.glob("*.sdp")} == TAKEN.keys() | REFUSED


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_taken_from_an_offer(name: str) -> None:
    assert read_offer(offer(name)) == TAKEN[name]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_an_offer_without_plain_g711_is_488(name: str) -> None:
    with pytest.raises(NoCommonCodec) as refusal:
        read_offer(offer(name))
    assert refusal.value.sip_status == 488
    with pytest.raises(NoCommonCodec):
        write_answer(offer(name), "192.0.2.1", 4000, 1, 1)


@pytest.mark.parametrize("name", TAKEN)
def test_the_answer_says_what_read_offer_chose(name: str) -> None:
    answer = write_answer(offer(name), "192.0.2.99", 40000, 5, 2)
    mirror = {"sendonly": "recvonly", "recvonly": "sendonly"}
    taken = TAKEN[name]
    voice = next(media for media in parse_description(answer).media if media.port)
    assert (voice.host, voice.port) == ("192.0.2.99", 40000)
    assert voice.formats[0] == str(taken.payload_type)
    assert voice.formats[1:] == (() if taken.dtmf is None else (str(taken.dtmf),))
    assert voice.direction == mirror.get(taken.direction, taken.direction)


@pytest.mark.parametrize("name", TAKEN)
def test_the_answer_has_a_line_for_each_offered_medium(name: str) -> None:
    offered = parse_description(offer(name))
    answered = parse_description(write_answer(offer(name), "192.0.2.99", 40000, 5, 2))
    pairs = list(zip(offered.media, answered.media, strict=True))
    assert [(one.kind, one.protocol) for one, _ in pairs] == [(two.kind, two.protocol) for _, two in pairs]
    assert sum(bool(media.port) for media in answered.media) == 1
    assert answered.timing == offered.timing


def test_the_preference_decides_between_codecs() -> None:
    assert read_offer(offer("asterisk"), prefer=("PCMU", "PCMA")).codec == "PCMU"
    assert read_offer(offer("static-types"), prefer=("PCMA", "PCMU")).codec == "PCMU"
    with pytest.raises(NoCommonCodec):
        read_offer(offer("static-types"), prefer=("PCMA",))


def test_an_offer_of_ours_word_by_word() -> None:
    lines = write_offer("192.0.2.1", 4000, 77, 3, "sendonly", ("PCMU",)).decode().split("\r\n")
    assert lines == [
        "v=0",
        "o=- 77 3 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendonly",
        "",
    ]


def test_of_an_answer_with_several_codecs_the_first_is_sent() -> None:
    answer = body(
        "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000"
    )
    assert read_answer(answer) == Audio(("192.0.2.1", 4000), "PCMU", 0, 101, "sendrecv")


@pytest.mark.parametrize("line", ["m=audio 0 RTP/AVP 8", "m=audio 4000 RTP/AVP 18", "m=video 4000 RTP/AVP 8"])
def test_an_answer_that_takes_no_voice(line: str) -> None:
    with pytest.raises(NoCommonCodec):
        read_answer(body("c=IN IP4 192.0.2.1", "t=0 0", line))


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\r\n",
        b"hello",
        b"\xff\xfe\x00",
        VOICE.replace(b"v=0", b"v=1"),
        VOICE[4:],
        VOICE.replace(b"m=audio 4000", b"m=audio 65536"),
        VOICE.replace(b"m=audio 4000", b"m=audio -1"),
        VOICE.replace(b"m=audio 4000", b"m=audio"),
        VOICE.replace(b"RTP/AVP 8", b"RTP/AVP"),
        VOICE.replace(b"s=-", b"S=-"),
        VOICE.replace(b"s=-", b" s=-"),
        VOICE.replace(b"c=IN IP4 192.0.2.1\r\n", b""),
        VOICE.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP4 192.0.2"),
        VOICE.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP4 pbx.example.com"),
        VOICE.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP4 224.2.1.1/127/3"),
        VOICE.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP4 255.255.255.255"),
        VOICE.replace(b"c=IN IP4 192.0.2.1", b"c=IN IP6 ff02::1"),
        body("c=IN IP4 192.0.2.1", "t=0 0"),
        VOICE + b"m=audio 0 RTP/AVP 8\r\n" * MAX_MEDIA,
        VOICE + b"a=" + b"x" * MAX_BODY,
    ],
)
def test_what_is_no_description_of_a_call(bad: bytes) -> None:
    with pytest.raises(MalformedSdp):
        read_offer(bad)


def test_a_bare_flag_and_a_value_are_both_attributes() -> None:
    media = Media(
        "audio", 1, "RTP/AVP", ("8",), attributes=(("rtcp-mux", ""), ("ptime", "20"), ("ptime", "30"))
    )
    assert media.values("rtcp-mux") == [""]
    assert media.values("ptime") == ["20", "30"]


ADDRESSES = st.sampled_from(["192.0.2.1", "127.0.0.1", "2001:db8::1"])
PORTS = st.integers(1, 65535)
NUMBERS = st.integers(0, 2**63)
DIRECTIONS = st.sampled_from(["sendrecv", "sendonly", "recvonly", "inactive"])
PREFERENCES = st.sampled_from([("PCMA", "PCMU"), ("PCMU", "PCMA"), ("PCMA",), ("PCMU",)])


@given(ADDRESSES, PORTS, NUMBERS, NUMBERS, DIRECTIONS, PREFERENCES)
def test_two_of_us_understand_each_other(address, port, session_id, version, direction, prefer) -> None:
    offered = write_offer(address, port, session_id, version, direction, prefer)
    heard = read_offer(offered)
    assert (heard.remote, heard.direction, heard.dtmf) == ((address, port), direction, 101)
    answer = read_answer(write_answer(offered, "192.0.2.2", 2000, 1, 1))
    assert (answer.codec, answer.payload_type, answer.dtmf) == (heard.codec, heard.payload_type, heard.dtmf)
    assert answer.remote == ("192.0.2.2", 2000)


def answers(data: bytes) -> None:
    """Whatever the bytes: an answer that can be read again, or one of the two documented errors."""
    try:
        answer = write_answer(data, "192.0.2.1", 4000, 1, 1)
    except (MalformedSdp, NoCommonCodec):
        return
    assert any(media.port == 4000 for media in parse_description(answer).media)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_documented_way(data: bytes) -> None:
    answers(data)
    answers(b"v=0\r\n" + data)
    answers(VOICE + data)


@given(st.sampled_from(sorted(TAKEN)), st.data())
def test_damaged_offers_end_in_a_documented_way(name: str, data: st.DataObject) -> None:
    whole = offer(name)
    begin, end = sorted([data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))])
    answers(whole[:begin] + data.draw(st.binary(max_size=8)) + whole[end:])
    answers(whole[:begin])


def test_rtcp_mux_is_refused_by_not_answering_it() -> None:
    """RFC 5761 §5.1.1: without a=rtcp-mux in the answer, RTCP comes to the port above."""
    offered = VOICE + b"a=rtcp-mux\r\n"
    assert b"rtcp" not in write_answer(offered, "192.0.2.9", 5000, 1, 1)
    assert b"rtcp" not in write_offer("192.0.2.9", 5000, 1, 1)


@pytest.mark.parametrize("noise", [True, False])
def test_comfort_noise_is_agreed_where_both_want_it(noise: bool) -> None:
    offered = write_offer("192.0.2.9", 5000, 1, 1, noise=noise)
    assert read_offer(offered).noise == (13 if noise else None)
    answer = write_answer(offered, "192.0.2.1", 4000, 1, 1, noise=True)
    assert read_answer(answer).noise == (13 if noise else None)
    assert read_answer(write_answer(offered, "192.0.2.1", 4000, 1, 1)).noise is None
