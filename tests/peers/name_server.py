"""A small name server for names of trunks: real DNS on UDP, the messages by dnspython."""

from __future__ import annotations

import contextlib
import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """A name server at a free port of this machine. zone: (name, type) -> records; broken: it answers
    SERVFAIL."""

    def __init__(self, zone: dict[tuple[str, str], list[str]]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.socket.getsockname()
        self.zone, self.broken, self.asked = dict(zone), False, 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, source = self.socket.recvfrom(4096)
                if not data:
                    return
                self.socket.sendto(self._answer(data), source)

    def _answer(self, data: bytes) -> bytes:
        self.asked += 1
        answer = dns.message.make_response(dns.message.from_wire(data))
        answer.flags |= dns.flags.RA
        question = answer.question[0]
        name, kind = str(question.name), question.rdtype.name
        records = self.zone.get((name, kind), [])
        if self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", self.address)
        self._thread.join(5)
        self.socket.close()
