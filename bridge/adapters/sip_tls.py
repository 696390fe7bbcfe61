"""TLS between a connection's bytes and its messages (RFC 3261 §26.3.1, RFC 5922): contexts, and a pipe.

The pipe does no I/O: encrypted bytes in, plain ones out, and back. So a wrong certificate is seen here, by
name, whichever side of the handshake we are on. Versions below 1.2 are not spoken (RFC 8996).
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.errors import PeerError
from bridge.sip.certificate import identities, proves

READ: Final = 65_536
"""Bytes asked for at once; a TLS record holds 16 KiB at most."""


class TlsRefused(PeerError):
    """A handshake that came to nothing, or a record that is none. `why` is its metric label."""

    id = "tls-refused"

    def __init__(self, detail: str, why: str = "tls") -> None:
        super().__init__(detail)
        self.why = why


@dataclass(frozen=True, slots=True)
class TlsPeer:
    """Whom we call by TLS: name: what its certificate must prove."""

    context: ssl.SSLContext = field(repr=False)
    name: str


def server_context(certificate: Path, key: Path, ca: Path | None) -> ssl.SSLContext:
    """For those who call us. ca: whose certificates they may show; one they show must be good, but phones
    have none. Raises OSError (ssl.SSLError is one)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate, key)
    if ca is not None:
        context.load_verify_locations(ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def client_context(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    """For those we call. ca None: the system's; certificate: ours, to show. Raises OSError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # RFC 5922 §7 is another check, and ours: see `_check`
    if ca is not None:
        context.load_verify_locations(ca)
    else:
        context.load_default_certs()
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


class TlsPipe:
    """One connection's TLS. expected: the name the peer must prove; None: it may prove any, or none."""

    def __init__(self, context: ssl.SSLContext, expected: str | None, *, server_side: bool) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        host = expected if expected and any(sign.isalpha() for sign in expected) else None
        self._tls = context.wrap_bio(self._in, self._out, server_side=server_side, server_hostname=host)
        self._expected = expected
        self.ready = self.over = False
        self.names: frozenset[str] = frozenset()

    def received(self, data: bytes) -> bytes:
        """The plain bytes these complete; `over` then says whether that was all. Raises TlsRefused."""
        self._in.write(data)
        try:
            return self._read() if self.ready or self._shake() else b""
        except ssl.SSLCertVerificationError as error:
            raise TlsRefused(error.verify_message, "certificate") from error
        except ssl.SSLError as error:
            raise TlsRefused(error.reason or "no TLS") from error

    def begin(self) -> None:
        """The client's first word."""
        self.received(b"")

    def write(self, data: bytes) -> None:
        """Encrypt; `outgoing` has it."""
        self._tls.write(data)

    def outgoing(self) -> bytes:
        """What is to be sent now: records, or the handshake's next part."""
        return self._out.read()

    def close(self) -> None:
        """Say good-bye (close_notify)."""
        try:
            self._tls.unwrap()
        except (ssl.SSLError, ValueError):
            return  # the peer's own good-bye is not awaited

    def _shake(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.names = identities(self._tls.getpeercert())
        if self._expected is not None and not proves(self._expected, self.names):
            shown = ", ".join(sorted(self.names)) or "no name"
            raise TlsRefused(f"expected {self._expected}, the certificate proves {shown}", "certificate")
        self.ready = True
        return True

    def _read(self) -> bytes:
        parts = []
        try:
            while part := self._tls.read(READ):
                parts.append(part)
            self.over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.over = True
        return b"".join(parts)
