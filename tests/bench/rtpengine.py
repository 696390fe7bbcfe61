"""rtpengine as the relay to compare with: Debian's, in userspace, told of calls by its ng protocol."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SDP: Final = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=sendrecv\r\n"
)
PATIENCE: Final = 10.0


def found() -> str | None:
    """The program's path, if it is installed."""
    return shutil.which("rtpengine")


@contextmanager
def running(program: str, port: int) -> Iterator[tuple[int, socket.socket]]:
    """Its process id, and a socket connected to its ng port."""
    argv = [program, "-t", "-1", "-i", "127.0.0.1", "-n", f"127.0.0.1:{port}", "-m", "30000", "-M", "33998"]
    argv += ["-f", "-E", "-L", "4", "--num-threads=2"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    control.connect(("127.0.0.1", port))
    try:
        _wait(control)
        yield process.pid, control
    finally:
        control.close()
        process.kill()
        process.wait()


def relay(control: socket.socket, phones: list[int]) -> list[int]:
    """Tells it of a call for each pair of telephones; its ports in the order of the telephones."""
    ports = [0] * len(phones)
    for call in range(len(phones) // 2):
        a, b = phones[2 * call], phones[2 * call + 1]
        base = {"call-id": f"call{call}", "from-tag": "a"}
        ports[2 * call + 1] = _port(_ask(control, {**base, "command": "offer", "sdp": _SDP.format(port=a)}))
        answer = {**base, "command": "answer", "to-tag": "b", "sdp": _SDP.format(port=b)}
        ports[2 * call] = _port(_ask(control, answer))
    return ports


def _wait(control: socket.socket) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            _ask(control, {"command": "ping"}, 0.2)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _ask(control: socket.socket, request: dict[str, str], patience: float = PATIENCE) -> str:
    control.settimeout(patience)
    items = "".join(f"{len(key)}:{key}{len(value)}:{value}" for key, value in sorted(request.items()))
    control.send(f"{time.monotonic_ns()} d{items}e".encode())
    return control.recv(65536).decode()


def _port(answer: str) -> int:
    port = re.search(r"m=audio (\d+)", answer)
    if port is None:
        raise RuntimeError(f"rtpengine said {answer[:200]}")
    return int(port[1])
