"""Sealed texts: read with the right key in the right place, and not otherwise."""

from __future__ import annotations

import base64

import pytest

from bridge.errors import UnusableTranscript
from bridge.tickets.sealing import NONCE_SIZE, TextSeal

KEY, NONCE = bytes(range(32)), bytes(NONCE_SIZE)


def test_what_was_sealed_is_read_again_and_not_seen_in_between() -> None:
    seal = TextSeal(KEY)
    sealed = seal.close(NONCE, "call|1", "有人打架")
    assert seal.open("call|1", sealed) == "有人打架"
    assert "有人打架".encode() not in base64.b64decode(sealed)
    assert len(seal.fingerprint) == 16


def test_another_key_another_place_and_a_changed_octet_are_refused() -> None:
    seal = TextSeal(KEY)
    sealed = seal.close(NONCE, "call|1", "有人打架")
    octets = bytearray(base64.b64decode(sealed))
    octets[-1] ^= 1
    for how, belongs, what in (
        (TextSeal(bytes(32)), "call|1", sealed),
        (seal, "call|2", sealed),
        (seal, "call|1", base64.b64encode(octets).decode()),
        (seal, "call|1", "不是"),
        (seal, "call|1", ""),
    ):
        with pytest.raises(UnusableTranscript):
            how.open(belongs, what)


def test_a_key_has_32_octets() -> None:
    with pytest.raises(ValueError):
        TextSeal(b"short")
