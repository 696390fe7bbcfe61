"""Signatures: the standard's own library agrees, GB/T 32905's vectors hold, keys change without a gap, and
whatever a stranger sends ends in one named refusal."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bridge.errors import BadSignature
from bridge.post.signing import (
    TOLERANCE,
    Algorithm,
    Key,
    fresh,
    secret_of,
    secret_text,
    sign,
    verify,
)

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD, NEW = Key(secret_of(SECRET)), Key(bytes(range(32)))
BODY = '{"type":"ticket.opened","data":"东昌府区"}'.encode()
SECOND = timedelta(seconds=1)


def why(
    headers: dict[str, str], keys: tuple[Key, ...] = (OLD,), body: bytes = BODY, now: datetime = NOW
) -> str:
    with pytest.raises(BadSignature) as caught:
        verify(headers, body, keys, now)
    return caught.value.why


def signed(*keys: Key, at: datetime = NOW) -> dict[str, str]:
    return sign("msg_1", at, BODY, keys)


def test_the_reference_library_takes_ours_and_we_take_its() -> None:
    now = datetime.now(UTC).replace(microsecond=0)  # the library has a clock of its own
    Webhook(SECRET).verify(BODY, signed(OLD, at=now))
    theirs = Webhook(SECRET).sign("msg_7", now, BODY.decode())
    headers = {"webhook-id": "msg_7", "webhook-timestamp": f"{now.timestamp():.0f}"}
    assert verify({**headers, "webhook-signature": theirs}, BODY, [OLD], now).id == "msg_7"


def test_the_reference_library_finds_its_key_among_several() -> None:
    sm3 = Key(b"s" * 32, "sm3")
    Webhook(SECRET).verify(BODY, signed(NEW, sm3, OLD, at=datetime.now(UTC)))


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_is_the_one_of_gb_t_32905(text: bytes, digest: str) -> None:
    made = hashes.Hash(hashes.SM3())
    made.update(text)
    assert made.finalize().hex() == digest


def test_hmac_sm3_is_rfc_2104_over_sm3() -> None:
    def sm3(data: bytes) -> bytes:
        made = hashes.Hash(hashes.SM3())
        made.update(data)
        return made.finalize()

    secret = bytes(range(24))
    block = secret.ljust(64, b"\0")
    message = b"msg_1.%d.%s" % (NOW.timestamp(), BODY)
    inner = sm3(bytes(octet ^ 0x36 for octet in block) + message)
    expected = sm3(bytes(octet ^ 0x5C for octet in block) + inner)
    shown = signed(Key(secret, "sm3"))["webhook-signature"]
    assert shown == "v1sm3," + base64.b64encode(expected).decode()
    if "sm3" in hashlib.algorithms_available:
        assert hmac.digest(secret, message, "sm3") == expected


@given(
    st.binary(max_size=300),
    st.binary(min_size=24, max_size=64),
    st.sampled_from(["sha256", "sm3"]),
    st.timedeltas(-TOLERANCE + SECOND, TOLERANCE - SECOND),
)
def test_what_is_signed_verifies(body: bytes, secret: bytes, algorithm: Algorithm, apart: timedelta) -> None:
    key = Key(secret, algorithm)
    found = verify(sign("msg_x", NOW, body, [key]), body, [NEW, key], NOW + apart)
    assert (found.id, found.at, found.key.secret) == ("msg_x", NOW, secret)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_octet_changed_is_seen(place: int, change: int) -> None:
    forged = bytearray(BODY)
    forged[place] ^= change
    assert why(signed(OLD), body=bytes(forged)) == "wrong-signature"


def test_any_of_several_keys_verifies_and_one_of_several_signatures_is_enough() -> None:
    assert verify(signed(NEW), BODY, (OLD, NEW), NOW).key == NEW
    assert verify(signed(NEW, OLD), BODY, (OLD,), NOW).key == OLD
    assert signed(NEW, OLD)["webhook-signature"].count(" ") == 1


def test_a_key_is_changed_without_a_gap() -> None:
    """The old one ends an hour after the new one began; either side may be first to know."""
    change = NOW + timedelta(days=1)
    both = (replace(NEW, not_before=change), replace(OLD, not_after=change + timedelta(hours=1)))
    for at, theirs in (
        (change - SECOND, (OLD,)),
        (change, (OLD,)),
        (change, (NEW,)),
        (change + timedelta(hours=2), (NEW,)),
    ):
        verify(sign("msg_1", at, BODY, both), BODY, theirs, at)
        verify(sign("msg_1", at, BODY, theirs), BODY, both, at)
    late = change + timedelta(hours=2)
    assert why(signed(OLD, at=late), both, now=late) == "wrong-signature"
    ended = replace(OLD, not_after=NOW)
    assert why(signed(OLD), (ended,)) == "no-key"
    with pytest.raises(LookupError):
        signed(ended)


def test_a_key_for_one_way_does_not_go_the_other() -> None:
    ours, theirs = replace(OLD, use="send"), replace(NEW, use="receive")
    letter = signed(ours, theirs)
    assert letter["webhook-signature"].count(",") == 1
    assert why(letter, (ours, theirs)) == "wrong-signature", "our own letter, sent back to us"
    verify(signed(NEW), BODY, (ours, theirs), NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing(name: str) -> None:
    for headers in ({**signed(OLD), name: ""}, {k: v for k, v in signed(OLD).items() if k != name}):
        assert why(headers) == "missing-header"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"webhook-id": "a.1"}, "bad-id"),
        ({"webhook-id": "a" * 129}, "bad-id"),
        ({"webhook-id": "a\nb"}, "bad-id"),
        ({"webhook-timestamp": "soon"}, "bad-timestamp"),
        ({"webhook-timestamp": "1e9"}, "bad-timestamp"),
        ({"webhook-timestamp": "-5"}, "bad-timestamp"),
        ({"webhook-timestamp": "１６００００００００"}, "bad-timestamp"),
        ({"webhook-timestamp": "9" * 12}, "bad-timestamp"),
        ({"webhook-timestamp": "9" * 5000}, "bad-timestamp"),
        ({"webhook-timestamp": "1600000000"}, "stale"),
        ({"webhook-timestamp": "32503680000"}, "future"),
        ({"webhook-signature": "v1,!!!"}, "not-base64"),
        ({"webhook-signature": "v1,AA==x"}, "not-base64"),
        ({"webhook-signature": "nothing"}, "unknown-version"),
        ({"webhook-signature": "v2,AAAA"}, "unknown-version"),
        ({"webhook-signature": "v1a,AAAA v1sm3,AAAA"}, "unknown-version"),
        ({"webhook-signature": "v1,AAAA"}, "wrong-signature"),
        ({"webhook-signature": "v1,"}, "wrong-signature"),
        ({"webhook-signature": "v1,AAAA " * 600}, "bad-signature"),
    ],
)
def test_a_header_that_is_wrong(change: dict[str, str], expected: str) -> None:
    assert why({**signed(OLD), **change}) == expected


def test_five_minutes_either_way() -> None:
    assert fresh(NOW, NOW + TOLERANCE)
    assert not fresh(NOW, NOW + TOLERANCE + SECOND)
    assert why(signed(OLD), now=NOW + TOLERANCE + SECOND) == "stale"
    assert why(signed(OLD), now=NOW - TOLERANCE - SECOND) == "future"


def test_a_sha256_signature_is_none_of_an_sm3_key() -> None:
    sm3 = replace(OLD, algorithm="sm3")
    assert why(signed(OLD), (sm3,)) == "unknown-version"
    relabelled = {
        **signed(OLD),
        "webhook-signature": signed(OLD)["webhook-signature"].replace("v1,", "v1sm3,"),
    }
    assert why(relabelled, (sm3,)) == "wrong-signature"


@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=80)
    ),
    st.binary(max_size=40),
)
def test_any_headers_are_survived(headers: dict[str, str], body: bytes) -> None:
    for shown in (headers, {**signed(OLD), **headers}):
        try:
            taken = verify(shown, body, (OLD,), NOW)
        except BadSignature as refused:
            taken = refused
        assert isinstance(taken, BadSignature)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_!!!", "whsec_AAAA", "whsec_" + "A" * 100, "whsec_密"])
def test_a_secret_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="whsec_") as caught:
        secret_of(text)
    assert text[6:] == "" or text not in str(caught.value)


def test_secrets_are_written_as_they_are_read_and_shown_nowhere() -> None:
    assert secret_of(secret_text(NEW.secret)) == NEW.secret
    assert repr(NEW.secret) not in repr(NEW)
    assert NEW.mark != OLD.mark
    assert len(NEW.mark) == 8
