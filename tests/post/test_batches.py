"""Batches of letters: what is packed is unpacked, and whatever is done to a file is seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import UnusableBatch
from bridge.post.batches import Batch, Carried, pack, sender_of, unpack
from bridge.post.signing import Key

AT = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
KEY, OTHER = Key(b"k" * 32), Key(b"o" * 32, "sm3")
LETTERS = (
    Carried("msg_1", AT, '{"type":"ticket.opened","data":"第一行\\n第二行"}'),
    Carried("msg_2", AT, "{}"),
)
BATCH = Batch("12345", "110", 7, 3, AT, LETTERS)
FILE = pack(BATCH, (KEY,))


def test_what_is_packed_is_unpacked_however_old() -> None:
    assert unpack(FILE, (OTHER, KEY)) == BATCH
    assert sender_of(FILE) == "12345"
    assert BATCH.name == "12345-110-000007.batch"
    assert unpack(pack(replace(BATCH, letters=()), (OTHER,)), (OTHER,)).letters == ()


@given(st.lists(st.text(max_size=30).filter(lambda text: text.isprintable()), max_size=4))
def test_any_text_is_carried(bodies: list[str]) -> None:
    letters = tuple(Carried(f"m{at}", AT, body) for at, body in enumerate(bodies))
    batch = replace(BATCH, letters=letters)
    assert unpack(pack(batch, (KEY,)), (KEY,)) == batch


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_one_octet_changed_is_seen(place: int, change: int) -> None:
    forged = bytearray(FILE)
    forged[place] ^= change
    try:
        found: object = unpack(bytes(forged), (KEY,))
    except UnusableBatch as refused:
        found = refused
    # A changed blank or letter case of the signature's own line may say the same.
    assert isinstance(found, UnusableBatch) or found == BATCH


@given(st.integers(0, len(FILE) - 1))
def test_a_file_cut_short_is_seen(length: int) -> None:
    with pytest.raises(UnusableBatch):
        unpack(FILE[:length], (KEY,))


def test_another_batchs_seal_and_another_key_are_seen() -> None:
    with pytest.raises(UnusableBatch, match="签名"):
        unpack(FILE, (OTHER,))
    later = pack(replace(BATCH, sequence=8), (KEY,)).split(b"\n")
    mine = FILE.split(b"\n")
    with pytest.raises(UnusableBatch, match="签名"):
        unpack(b"\n".join([mine[0], later[1], *mine[2:]]), (KEY,))
    with pytest.raises(UnusableBatch, match="对不上"):
        unpack(b"\n".join([*mine[:3], b""]), (KEY,))


def test_a_key_that_was_over_then_proves_nothing() -> None:
    over = replace(KEY, not_after=AT - timedelta(days=1))
    with pytest.raises(LookupError):
        pack(BATCH, (over,))
    with pytest.raises(UnusableBatch, match="no-key"):
        unpack(FILE, (over,))


@pytest.mark.parametrize("change", [{"sequence": 0}, {"sequence": "7"}, {"have": -1}, {"made_at": "2026"}])
def test_a_manifest_that_makes_no_sense(change: dict[str, object]) -> None:
    head, rest = FILE.split(b"\n", 1)
    forged = json.dumps({**json.loads(head), **change}).encode()
    with pytest.raises(UnusableBatch):
        unpack(forged + b"\n" + rest, (KEY,))


@given(st.binary(max_size=200))
def test_any_octets_are_survived(octets: bytes) -> None:
    for read in (sender_of, lambda file: unpack(file, (KEY,))):
        with pytest.raises(UnusableBatch):
            read(octets)
