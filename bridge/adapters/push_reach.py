"""Where a letter's URL leads: its name looked up, each address judged, and a way to connect to exactly those.

The address that was judged is the one connected to: a name server that gives another answer a moment later
(DNS rebinding) changes nothing. Knows the resolver; the judging is post.bounds'.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

import httpx

from bridge.post.bounds import Address, Network, forbidden, literal, unusable

MOST: Final = 4
"""Addresses of one name that are tried; together they have one letter's time."""


class Forbidden(Exception):
    """Every address the name has is one no letter goes to; the text says why, in Chinese."""


class Reach:
    """One destination's address. given: a partner gave it; allowed: networks that are allowed all the same.

    The look-up has a thread of its own: a name server that hangs holds up this destination only.
    """

    def __init__(self, url: str, *, given: bool = False, allowed: Collection[Network] = ()) -> None:
        self.url = httpx.URL(url)
        self._given, self._allowed = given, tuple(allowed)
        self._literal = literal(self.url.host)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="push names")

    @property
    def host(self) -> str:
        """The name or address as written."""
        return self.url.host

    async def ways(self) -> list[httpx.URL]:
        """The URL with an address in the place of its name, for each that may be gone to, in the order of
        preference. Raises Forbidden, OSError for a name that is not found."""
        wrong = unusable(str(self.url)) if self._given else ""
        if wrong:
            raise Forbidden(wrong)
        addresses = [self._literal] if self._literal is not None else await self._found()
        written = self._literal is not None or self.host == "localhost"
        verdicts = {
            address: forbidden(address, written=written, given=self._given, allowed=self._allowed)
            for address in addresses
        }
        good = [address for address, why in verdicts.items() if not why]
        if not good:
            raise Forbidden("；".join(dict.fromkeys(verdicts.values())))
        return [self.url.copy_with(host=str(address)) for address in good[:MOST]]

    async def _found(self) -> list[Address]:
        loop = asyncio.get_running_loop()
        rows = await loop.run_in_executor(self._thread, _look_up, self.host)
        return [ip_address(row) for row in rows]

    def close(self) -> None:
        """Let the thread go; a look-up in progress ends by itself."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str) -> list[str]:
    """As the machine resolves names (hosts file included); addresses of a scope (fe80::1%eth0) lose it."""
    rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]).partition("%")[0] for row in rows))
