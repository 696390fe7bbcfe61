"""Passwords by argon2id (RFC 9106), slow on purpose, in one thread of low priority: however many people log
in, voice and keys have the processor first.

Fulfils ports_access.Hasher.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bridge.errors import TooManyTries

MEMORY_KIB: Final = 19_456
PASSES: Final = 2
LANES: Final = 1
"""19 MiB, two passes, one lane: OWASP's recommendation for servers; some 30 ms. More lanes would be more
threads at once beside the voice."""
NICE: Final = 10
WAITING: Final = 16
"""Log-ins that may wait for their turn, half a second's worth; the next one is asked to come again."""

T = TypeVar("T")


class Argon2:
    """The settings of today; old hashes of other settings are still understood."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._threads = ThreadPoolExecutor(1, "argon2", initializer=_yield_to_others)
        self._waiting = 0
        self._nobodys = self._hasher.hash(os.urandom(16))

    async def start(self) -> None:
        """Nothing to do: the thread begins with the first password."""

    async def stop(self) -> None:
        """The thread ends after the password in progress."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """A new hash."""
        return await self._work(lambda: self._hasher.hash(password))

    async def verify(self, known: str, password: str) -> bool:
        """Whether it is that hash's password. For "" the same work is done on a hash that is nobody's."""
        right = await self._work(lambda: self._fits(known or self._nobodys, password))
        return right and bool(known)

    def stale(self, known: str) -> bool:
        """Whether it was made with other settings."""
        return self._hasher.check_needs_rehash(known)

    def _fits(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _work(self, do: Callable[[], T]) -> T:
        if self._waiting >= WAITING:
            raise TooManyTries("too many log-ins at once", 2)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, do)
        finally:
            self._waiting -= 1


def _yield_to_others() -> None:
    """On Linux a thread has a priority of its own."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
