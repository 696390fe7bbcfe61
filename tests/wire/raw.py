"""Octets on the wire, right or wrong: a socket that sends what no telephone would, and reads the answers."""

from __future__ import annotations

import itertools
import re
import select
import socket
import ssl
import time
from pathlib import Path

from tests.wire.house import BRIDGE, House

PATIENCE = 15.0
"""Seconds an answer is waited for at the very most."""
_COUNT = itertools.count(1)


class Raw:
    """A socket at some address. Responses come back by the source address, whatever Via says (RFC 3581)."""

    def __init__(self, house: House, host: str) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.connect((BRIDGE, house.sip))
        self.host, self.port = self.socket.getsockname()
        self.uri = f"sip:12345@{BRIDGE}:{house.sip}"

    def close(self) -> None:
        """Done."""
        self.socket.close()

    def request(
        self,
        method: str,
        *more: str,
        uri: str = "",
        version: str = "SIP/2.0",
        body: str = "",
        without: tuple[str, ...] = (),
        to_tag: str = "",
    ) -> bytes:
        """A request of its own transaction and Call-ID. without: headers that are left out; those in
        `more` take the place of our own."""
        number = next(_COUNT)
        own = [
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bKraw{number};rport",
            f"From: <sip:raw@{self.host}>;tag=raw{number}",
            f"To: <{self.uri}>{to_tag}",
            f"Call-ID: raw-{number}-{self.port}@{self.host}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:raw@{self.host}:{self.port}>",
            "Max-Forwards: 70",
            f"Content-Length: {len(body.encode())}",
        ]
        given = {*without, *(line.partition(":")[0] for line in more)}
        kept = [line for line in own if line.partition(":")[0] not in given] + list(more)
        return "\r\n".join([f"{method} {uri or self.uri} {version}", *kept, "", body]).encode()

    def send(self, data: bytes) -> None:
        """As it is."""
        self.socket.send(data)

    def ask(self, data: bytes) -> str:
        """Send, and wait for the final answer."""
        self.send(data)
        return self.final()

    def final(self) -> str:
        """The next final answer."""
        while (answer := self.answer()).startswith("SIP/2.0 1"):
            pass
        return answer

    def answer(self) -> str:
        """The next message."""
        if not select.select([self.socket], [], [], PATIENCE)[0]:
            raise AssertionError("no answer")
        return self.socket.recv(65536).decode(errors="replace")

    def until(self, begins: str) -> str:
        """The next message that begins so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (answer := self.answer()).startswith(begins):
                return answer
        raise AssertionError(f"no {begins}")


def status(answer: str) -> int:
    """Of a response."""
    found = re.match(r"SIP/2.0 (\d{3})", answer)
    assert found, answer
    return int(found[1])


def header(answer: str, name: str) -> str:
    """The first value of a header, "" if there is none."""
    found = re.search(rf"^{name}: *(.*?)\r?$", answer, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def tls_from(host: str, port: int, request: str = "", certificate: tuple[Path, Path] | None = None) -> str:
    """A TLS connection to the bridge from this address, whatever it shows us; the final answer to a request.
    Raises OSError (ssl.SSLError is one)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(*certificate)
    with (
        socket.create_connection((BRIDGE, port), PATIENCE, (host, 0)) as plain,
        context.wrap_socket(plain) as secure,
    ):
        secure.sendall(request.encode())
        answer = b""
        while request and b"SIP/2.0 100" in (answer := answer + secure.recv(65536))[:11]:
            answer = answer.partition(b"\r\n\r\n")[2]
            if answer:
                break
    return answer.decode()
