"""The ledger of Idempotency-Keys: which request each stands for, and what was answered.

Memory decides, the database remembers: a key is looked up and taken without waiting for anything, and its
answer is written behind (design.md, promise 2). Knows no route and no call.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from bridge.adapters.db_answers import Answer
from bridge.errors import KeyBusy, KeyReused, NoKey

log = structlog.get_logger(__name__)

MAX_KEY: Final = 128
"""Characters of a key; a UUID has 36."""


class IdempotencyStore(Protocol):
    """Where answers outlive the process; all of them are in memory before the first request."""

    def find(self, key: str, caller: str) -> Answer | None:
        """The answer given before; never waits."""

    async def keep(self, key: str, caller: str, answer: Answer) -> None:
        """Remember it: in memory at once, on disk on return."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One request: under which key, whose, and the digest of what it asks for."""

    key: str
    caller: str
    fingerprint: str


def slot(caller: str, header: str | None, path: str, body: dict[str, Any]) -> Slot:
    """The slot of a POST. The header is a quoted string by the draft standard
    (draft-ietf-httpapi-idempotency-key-header §2.1); bare ones are as good. Raises NoKey."""
    key = (header or "").strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > MAX_KEY or not (key.isascii() and key.isprintable()):
        raise NoKey(f"请求头 Idempotency-Key 要有 1 到 {MAX_KEY} 个可见的英文字符")
    asked = f"POST {path}\n{json.dumps(body, sort_keys=True)}"
    return Slot(key, caller, hashlib.sha256(asked.encode()).hexdigest())


class Ledger:
    """`begin` takes a slot, then exactly one of `finish` and `give_up` ends it."""

    def __init__(self, store: IdempotencyStore) -> None:
        self._store = store
        self._open: dict[tuple[str, str], tuple[str, Answer | None]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def begin(self, slot: Slot) -> Answer | None:
        """The answer given before, or None: the slot is yours. Raises KeyReused, KeyBusy."""
        place = (slot.key, slot.caller)
        fingerprint, answer = self._open.get(place, ("", None))
        if not fingerprint:
            answer = self._store.find(slot.key, slot.caller)
            if answer is None:
                self._open[place] = (slot.fingerprint, None)
                return None
            fingerprint = answer.fingerprint
        if fingerprint != slot.fingerprint:
            raise KeyReused("another request has this key")
        if answer is None:
            raise KeyBusy("still at work")
        return answer

    def finish(self, slot: Slot, status: int, body: dict[str, Any]) -> None:
        """Remember the answer now, and in the database soon."""
        response = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        answer = Answer(slot.fingerprint, status, response)
        self._open[slot.key, slot.caller] = (slot.fingerprint, answer)
        task = asyncio.create_task(self._write(slot, answer))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    def give_up(self, slot: Slot) -> None:
        """It came to nothing: the key is free again."""
        self._open.pop((slot.key, slot.caller), None)

    async def stop(self) -> None:
        """Wait until everything is written."""
        await asyncio.gather(*self._writing)

    async def _write(self, slot: Slot, answer: Answer) -> None:
        try:
            await self._store.keep(slot.key, slot.caller, answer)
        except Exception:  # the press is done and remembered in memory; only a restart would forget it
            log.exception("ledger.write_failed")
        finally:
            self._open.pop((slot.key, slot.caller), None)
