"""Sealed texts open again and only in their place; equal values stay equal; keys follow one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import UnusableData
from bridge.tickets.vault import NONCE_SIZE, Vault

OLD, NEW = bytes(32), bytes(range(32))
NONCE = bytes(NONCE_SIZE)


@given(st.text(min_size=1))
def test_what_was_sealed_opens_again(text: str) -> None:
    vault = Vault([NEW])
    for sealed in (vault.close(NONCE, "t.c", text), vault.close_equal("t.c", text)):
        assert vault.open("t.c", sealed) == text
        assert vault.current(sealed)


def test_equal_values_are_equal_in_one_column_only() -> None:
    vault = Vault([NEW])
    assert vault.close_equal("a.number", "138") == vault.close_equal("a.number", "138")
    assert vault.close_equal("a.number", "138") != vault.close_equal("b.number", "138")


def test_moved_changed_or_of_another_key() -> None:
    vault = Vault([NEW])
    sealed = vault.close(NONCE, "t.c", "秘密")
    for text, place in ((sealed, "t.d"), (sealed[:-4] + "AAA=", "t.c"), (sealed[:12], "t.c")):
        with pytest.raises(UnusableData, match="改动"):
            vault.open(place, text)
    with pytest.raises(UnusableData, match=vault.name):
        Vault([OLD]).open("t.c", sealed)


def test_an_old_key_reads_and_the_new_one_writes() -> None:
    old, both = Vault([OLD]), Vault([NEW, OLD])
    sealed = old.close(NONCE, "t.c", "秘密")
    assert both.open("t.c", sealed) == "秘密"
    assert not both.current(sealed)
    assert both.token("人民") != old.token("人民")
    assert both.open("t.c", "从前的明文") == "从前的明文"


def test_a_key_of_another_size() -> None:
    with pytest.raises(ValueError, match="32"):
        Vault([b"short"])
