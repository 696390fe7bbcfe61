"""Processes of the product that tests start a hundred times: forked from one that has imported it already.

Each is a process of its own, with its own memory, sockets and death; only the half second of imports is
spent once and not at every start.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import IO, Final

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["bridge.media.relay", "bridge.recorder.run"])


class Child:
    """`sys.exit(run(*args))` in a process; run is a function of a module, its arguments can be pickled."""

    def __init__(self, run: Callable[..., object], *args: object) -> None:
        mine, its = multiprocessing.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_live, args=(its, run, args), daemon=True)
        self._process.start()
        its.close()
        self.stdout: IO[str] = os.fdopen(os.dup(mine.fileno()), "r")
        mine.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Its exit status, or minus the signal it died of; None while it lives."""
        return self._process.exitcode

    def wait_line(self, begins: str) -> str:
        """The line of its output that begins so. Fails when it ends without."""
        for line in self.stdout:
            if line.startswith(begins):
                return line
        raise AssertionError(f"it ended and never said {begins!r}")

    def end(self, number: int, patience: float) -> int:
        """Sends the signal; how it ended."""
        os.kill(self.pid, number)
        self._process.join(patience)
        status = self._process.exitcode
        assert status is not None, f"it outlives signal {number}"
        self._process.close()
        self.stdout.close()
        return status


def _live(output: Connection, run: Callable[..., object], args: tuple[object, ...]) -> None:
    os.dup2(output.fileno(), 1)
    output.close()
    sys.stdout = os.fdopen(os.dup(1), "w", buffering=1)
    sys.exit(run(*args))  # type: ignore[arg-type]
