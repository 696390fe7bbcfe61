"""One sipp process playing a `Script`, bounded in calls and time, and what it sent and received so far.

The test waits for messages in sipp's own trace; when sipp ends badly, the trace is the failure's text.
"""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.wire.script import Script

T = TypeVar("T")

PATIENCE = 40.0
"""Seconds anything is waited for at the very most."""
_HEAD = re.compile(r"^-{20,}[^\n]*\n(?:UDP|TCP) message (sent|received)[^\n]*:\n\n", re.MULTILINE)


def until(true: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Wait until this is true, and give what it gave. Fails after `patience` seconds."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.005)
    raise AssertionError(f"not in time: {what}")


class Sipp:
    """A telephone made of sipp. at: its own address; to: whom it calls, None when it is called."""

    def __init__(
        self,
        program: str,
        folder: Path,
        name: str,
        script: Script,
        at: tuple[str, int],
        to: str = "",
        service: str = "",
        transport: str = "udp",
    ) -> None:
        self.name, self.script, self.at, self.voice = name, script, at, script.voice
        self._messages, self._errors = folder / f"{name}.messages", folder / f"{name}.errors"
        (folder / f"{name}.xml").write_text(script.xml())
        argv = [
            program, "-sf", str(folder / f"{name}.xml"), "-i", at[0], "-p", str(at[1]),
            "-m", "1", "-nostdin", "-timeout", str(int(PATIENCE)), "-timeout_error",
            "-default_behaviors", "abortunexp", "-cid_str", f"{name}-%p-%u@%s",
            "-trace_msg", "-message_file", str(self._messages),
            "-trace_err", "-error_file", str(self._errors),
        ]  # fmt: skip
        argv += ["-s", service] if service else []
        argv += ["-t", "t1"] if transport == "tcp" else []
        argv += [to] if to else []
        self.process = subprocess.Popen(
            argv, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if not to:
            until(lambda: bound(at, transport) or self.process.poll() is not None, f"{name} listens")

    def got(self, pattern: str, times: int = 1) -> str:
        """Wait for a received message in which this pattern occurs, the n-th one; the whole message."""
        return self._message("received", pattern, times)

    def sent(self, pattern: str, times: int = 1) -> str:
        """The same of those sent."""
        return self._message("sent", pattern, times)

    def messages(self, way: str) -> list[str]:
        """All messages so far, "sent" or "received", in order."""
        text = self._messages.read_text(errors="replace") if self._messages.exists() else ""
        parts = _HEAD.split(text)
        return [parts[i + 1] for i in range(1, len(parts) - 1, 2) if parts[i] == way]

    def cue(self, says: str = "") -> None:
        """Let the telephone go on to its next step. says: for a step that was to be `told`."""
        call_id = re.search(r"^Call-ID: *(\S+)", (self.messages("sent") + self.messages("received"))[0], re.M)
        assert call_id, f"{self.name} has no call yet"
        text = (
            "MESSAGE sip:cue SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKcue{time.monotonic_ns()}\r\n"
            f"Subject: {says}\r\n"
            f"From: <sip:test>;tag=t\r\nTo: <sip:sipp>\r\nCall-ID: {call_id[1]}\r\nCSeq: 1 MESSAGE\r\n"
            "Content-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as cue:
            cue.sendto(text.encode(), self.at)

    def done(self) -> None:
        """The telephone came to its script's end. Fails with its trace otherwise."""
        try:
            _, errors = self.process.communicate(timeout=PATIENCE + 5)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} does not end\n{self.trace()}") from None
        assert self.process.returncode == 0, f"{self.name}: {errors}\n{self.trace()}"

    def trace(self) -> str:
        """Everything this telephone sent and received, and what sipp says went wrong."""
        files = [path for path in (self._errors, self._messages) if path.exists()]
        return "\n".join(f"=== {path.name}\n{path.read_text(errors='replace')[-8000:]}" for path in files)

    def stop(self) -> None:
        """At the test's end, whatever became of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def _message(self, way: str, pattern: str, times: int) -> str:
        wanted = re.compile(pattern, re.MULTILINE)

        def find() -> str:
            found = [message for message in self.messages(way) if wanted.search(message)]
            if len(found) < times and self.process.poll() not in (None, 0):
                raise AssertionError(f"{self.name} ended before {pattern!r}")
            return found[times - 1] if len(found) >= times else ""

        try:
            return until(find, f"{self.name} {way} {pattern!r} ×{times}")
        except AssertionError as wrong:
            raise AssertionError(f"{wrong}\n{self.trace()}") from None


def bound(at: tuple[str, int], transport: str = "udp") -> bool:
    """Whether a socket of this machine has that address."""
    host = bytes(reversed(socket.inet_aton(at[0]))).hex().upper()
    return f" {host}:{at[1]:04X} " in Path(f"/proc/net/{transport}").read_text()
