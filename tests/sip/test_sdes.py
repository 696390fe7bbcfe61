"""Keys in descriptions (RFC 4568): which lines are taken, what is answered, and that no key shows."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import NoCommonCodec
from bridge.sip.description import parse_description
from bridge.sip.sdes import LENGTHS, PLAIN, SECRET, Shield, offer, parse_crypto
from bridge.sip.sdp import read_answer, read_offer, write_answer, write_offer

RFC_KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
"""RFC 4568 §4.3 and §6.1 use this one."""
LINE = f"1 AES_CM_128_HMAC_SHA1_80 inline:{RFC_KEY}"
SECRET_A, SECRET_B = bytes(range(SECRET)), bytes(range(100, 100 + SECRET))
OPTIONAL, REQUIRED = Shield("optional", SECRET_A), Shield("required", SECRET_A)
PEER = Shield("optional", SECRET_B)


def described(protocol: str, *lines: str) -> bytes:
    head = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
    return "".join(f"{line}\r\n" for line in (*head, f"m=audio 4000 {protocol} 8", *lines)).encode()


def test_the_line_of_the_rfc() -> None:
    crypto = parse_crypto(f"{LINE}|2^20")
    assert crypto is not None
    assert (crypto.tag, crypto.suite) == (1, "AES_CM_128_HMAC_SHA1_80")
    assert crypto.key == b"YS___semctl () {\t220;}\n}\nunles"
    assert parse_crypto(crypto.encode()) == crypto


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1 AES_CM_128_HMAC_SHA1_80",
        f"x AES_CM_128_HMAC_SHA1_80 inline:{RFC_KEY}",
        f"1 F8_128_HMAC_SHA1_80 inline:{RFC_KEY}",
        "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{RFC_KEY}|2^20|1:4",
        f"1 AES_CM_128_HMAC_SHA1_80 inline:{RFC_KEY};inline:{RFC_KEY}",
        f"{LINE} UNENCRYPTED_SRTP",
        f"{LINE} UNENCRYPTED_SRTCP",
        f"{LINE} UNAUTHENTICATED_SRTP",
        f"{LINE} KDR=4",
        f"{LINE} FEC_ORDER=FEC_SRTP",
        f"{LINE} something-new",
        f"1 AES_CM_128_HMAC_SHA1_80 outline:{RFC_KEY}",
    ],
)
def test_what_asks_for_more_than_we_do_is_passed_over(line: str) -> None:
    assert parse_crypto(line) is None


@pytest.mark.parametrize("parameter", ["WSH=64", "KDR=0", "-private-thing"])
def test_parameters_that_change_nothing_are_accepted(parameter: str) -> None:
    assert parse_crypto(f"{LINE} {parameter}") is not None


@given(st.text(max_size=200))
def test_any_text_is_a_line_or_none(text: str) -> None:
    crypto = parse_crypto(text)
    assert crypto is None or len(crypto.key) == LENGTHS[crypto.suite]


def test_every_suite_gets_a_key_of_its_own() -> None:
    lines = offer(SECRET_A)
    assert [line.suite for line in lines] == list(LENGTHS)
    assert b"".join(line.key for line in lines) == SECRET_A


@pytest.mark.parametrize("shield", [OPTIONAL, REQUIRED])
def test_both_sides_hold_the_same_keys(shield: Shield) -> None:
    offered = write_offer("192.0.2.9", 5000, 1, 1, shield=shield)
    protocol = parse_description(offered).media[0].protocol
    assert protocol == ("RTP/SAVP" if shield is REQUIRED else "RTP/AVP")
    heard = read_offer(offered, shield=PEER).keys
    answer = write_answer(offered, "192.0.2.1", 4000, 1, 1, shield=PEER)
    assert parse_description(answer).media[0].protocol == protocol
    agreed = read_answer(answer, shield=shield).keys
    assert heard is not None
    assert agreed is not None
    assert (agreed.incoming, agreed.outgoing) == (heard.outgoing, heard.incoming)
    assert (agreed.tag, agreed.suite) == (1, "AES_CM_128_HMAC_SHA1_80") == (heard.tag, heard.suite)
    assert agreed.incoming != agreed.outgoing


def test_the_same_leg_says_the_same_key_again() -> None:
    """Hold and take back: the streams go on under their keys (RFC 4568 §7.1)."""
    first, second = (write_offer("192.0.2.9", 5000, 1, version, shield=OPTIONAL) for version in (1, 2))
    assert read_offer(first, shield=PEER).keys == read_offer(second, shield=PEER).keys


@pytest.mark.parametrize("suite", list(LENGTHS))
def test_the_offerer_decides_by_its_order(suite: str) -> None:
    key = b64encode(bytes(LENGTHS[suite])).decode()  # type: ignore[index]
    body = described("RTP/SAVP", f"a=crypto:7 {suite} inline:{key}", f"a=crypto:8 {LINE[2:]}")
    keys = read_offer(body, shield=OPTIONAL).keys
    assert keys is not None
    assert (keys.tag, keys.suite) == (7, suite)
    assert f"a=crypto:7 {suite} inline:" in write_answer(body, "192.0.2.9", 1, 1, 1, shield=OPTIONAL).decode()


def test_plain_where_we_must_not_tell_keys() -> None:
    body = described("RTP/AVP", f"a=crypto:{LINE}")
    for shield in (PLAIN, Shield("optional", b"")):
        assert read_offer(body, shield=shield).keys is None
        assert b"crypto" not in write_answer(body, "192.0.2.9", 1, 1, 1, shield=shield)
        assert b"crypto" not in write_offer("192.0.2.9", 1, 1, 1, shield=shield)


@pytest.mark.parametrize(
    ("shield", "body"),
    [
        (PLAIN, described("RTP/SAVP", f"a=crypto:{LINE}")),
        (Shield("optional", b""), described("RTP/SAVP", f"a=crypto:{LINE}")),
        (Shield("required", b""), described("RTP/SAVP", f"a=crypto:{LINE}")),
        (OPTIONAL, described("RTP/SAVP")),
        (OPTIONAL, described("RTP/SAVPF", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA")),
        (REQUIRED, described("RTP/AVP")),
    ],
)
def test_refused_rather_than_without_keys(shield: Shield, body: bytes) -> None:
    with pytest.raises(NoCommonCodec):
        read_offer(body, shield=shield)
    with pytest.raises(NoCommonCodec):
        write_answer(body, "192.0.2.9", 1, 1, 1, shield=shield)


def test_of_two_media_the_one_with_keys() -> None:
    body = described("RTP/AVP") + f"m=audio 4002 RTP/SAVP 8\r\na=crypto:{LINE}\r\n".encode()
    assert read_offer(body, shield=OPTIONAL).remote[1] == 4002
    assert read_offer(body).remote[1] == 4000


@pytest.mark.parametrize(
    "lines",
    [(), (f"a=crypto:9 {LINE[2:]}",), (f"a=crypto:2 {LINE[2:]}",), ("a=crypto:1 nonsense",)],
    ids=["none", "a tag we did not offer", "the suite of another tag", "nonsense"],
)
def test_an_answer_that_agrees_to_no_key_of_ours(lines: tuple[str, ...]) -> None:
    assert read_answer(described("RTP/AVP", *lines), shield=OPTIONAL).keys is None
    for shield, protocol in ((REQUIRED, "RTP/AVP"), (OPTIONAL, "RTP/SAVP")):
        with pytest.raises(NoCommonCodec):
            read_answer(described(protocol, *lines), shield=shield)


def test_no_key_shows_in_a_repr() -> None:
    audio = read_offer(described("RTP/SAVP", f"a=crypto:{LINE}"), shield=OPTIONAL)
    shown = repr((audio, OPTIONAL, parse_crypto(LINE)))
    assert "YS___" not in shown
    assert RFC_KEY not in shown
    assert repr(SECRET_A[:8])[2:-1] not in shown
