"""A telephone of `tests/peers/phone.py` (pyVoIP) led from a test: JSON lines, orders in and events out."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

PATIENCE = 20.0
"""Seconds anything is waited for at the very most; pyVoIP takes a second for much of what it does."""


class JsonPhone:
    """One process. `argv` as the phone's own command line takes it."""

    def __init__(self, *argv: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("phone.py")), *argv],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._seen: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def order(self, what: str, **facts: Any) -> None:
        """Do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **facts}) + "\n")
        self._process.stdin.flush()

    def wait(self, kind: str) -> dict[str, Any]:
        """The next event of this kind; others are passed over."""
        end = time.monotonic() + PATIENCE
        try:
            while (event := self._events.get(timeout=max(0.01, end - time.monotonic())))["ev"] != kind:
                self._seen.append(event)
        except queue.Empty:
            raise AssertionError(f"the phone told no {kind}; it told {self._seen}") from None
        return event

    def stop(self) -> None:
        """Hang up and end."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _read(self) -> None:
        for line in iter(self._process.stdout.readline, "") if self._process.stdout else ():
            self._events.put(json.loads(line))
