"""Addresses and free ports that no other test has, nor any other worker of the same run (pytest-xdist).

Each worker has addresses of its own in 127.0.0.0/8 and a slice of ports below the ephemeral ones, and never
gives a port twice before it has given all: what one test closed a moment ago, or another is about to open,
is not given to the next.
"""

from __future__ import annotations

import itertools
import os
import socket
from typing import Final

WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST: Final = 10_000
_SIZE: Final = 1_400
_SLICES: Final = 8
"""10000 to 21199: above it the wire tests' bridges have their media ports, then come the ephemeral ones."""
_BEGIN: Final = _FIRST + WORKER % _SLICES * _SIZE
_NEXT = itertools.cycle(range(_BEGIN, _BEGIN + _SIZE, 2))


def address(house: int, number: int) -> str:
    """The address 127.x.house.number of this worker."""
    return f"127.{WORKER}.{house}.{number}"


def free_udp(host: str = "127.0.0.1") -> int:
    """An even UDP port of this address that nobody has; the odd one above it is not given to anybody."""
    return _free(host, 1, socket.SOCK_DGRAM)


def free_tcp(host: str = "127.0.0.1") -> int:
    """A TCP port of this address that nobody has."""
    return _free(host, 1, socket.SOCK_STREAM)


def free_range(count: int, host: str = "127.0.0.1") -> tuple[int, int]:
    """The first and the last of so many UDP ports in a row that nobody has; count is even."""
    first = _free(host, count, socket.SOCK_DGRAM)
    return first, first + count - 1


def _free(host: str, count: int, kind: int) -> int:
    for _ in range(2 * _SIZE):
        first = next(_NEXT)
        taken = [next(_NEXT) for _ in range(count // 2 - 1)]
        in_a_row = not taken or taken[-1] == first + count - 2
        if in_a_row and all(_is_free(host, port, kind) for port in range(first, first + count)):
            return first
    raise AssertionError(f"no {count} free ports of {host} from {_BEGIN} on")


def _is_free(host: str, port: int, kind: int) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
