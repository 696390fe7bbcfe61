"""SRTP and SRTCP of one leg (RFC 3711), by libsrtp: the only file that knows pylibsrtp.

Strategy: one session for each direction, kept as long as its key is, so that a re-INVITE which repeats a key
resets neither the rollover counter nor the replay window. After a change of the peer's key its old session
opens what was still on the way, until the first packet under the new key. What does not authenticate, or
comes twice, is None to the caller: it is counted as refused and tells nobody anything.
"""

from __future__ import annotations

import binascii
from base64 import b64decode

from pylibsrtp import Error, Policy, Session

from bridge.media.plan import Srtp

PROFILES: dict[str, int] = {
    "AES_CM_128_HMAC_SHA1_80": Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    "AES_CM_128_HMAC_SHA1_32": Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    "AEAD_AES_256_GCM": Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
    "AEAD_AES_128_GCM": Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
}
REPLAY_WINDOW = 128
"""Packets that may be out of order (RFC 3711 §3.3.2 asks for 64 at least): 2.5 s."""


class Cipher:
    """One leg's protection. Raises ValueError (without a word of the keys) when they do not fit the suite."""

    def __init__(self, srtp: Srtp) -> None:
        self.plan = srtp
        self._inbound = _session(srtp.suite, srtp.receive, Policy.SSRC_ANY_INBOUND)
        self._outbound = _session(srtp.suite, srtp.send, Policy.SSRC_ANY_OUTBOUND)
        self._former: Session | None = None

    def follow(self, srtp: Srtp) -> None:
        """The leg agreed on these keys; what stays the same goes on. Raises as the constructor does."""
        before = self.plan
        if (srtp.suite, srtp.receive) != (before.suite, before.receive):
            inbound = _session(srtp.suite, srtp.receive, Policy.SSRC_ANY_INBOUND)
            self._former, self._inbound = self._inbound, inbound
        if (srtp.suite, srtp.send) != (before.suite, before.send):
            self._outbound = _session(srtp.suite, srtp.send, Policy.SSRC_ANY_OUTBOUND)
        self.plan = srtp

    def open(self, packet: bytes) -> bytes | None:
        """The RTP packet in an SRTP packet; None when it does not authenticate or was here before."""
        try:
            plain = self._inbound.unprotect(packet)
        except (Error, ValueError):
            return self._open_former(packet)
        self._former = None
        return bytes(plain)

    def _open_former(self, packet: bytes) -> bytes | None:
        if self._former is None:
            return None
        try:
            return bytes(self._former.unprotect(packet))
        except (Error, ValueError):
            return None

    def close(self, packet: bytes) -> bytes | None:
        """The SRTP packet for an RTP packet; None when libsrtp refuses (its key is used up)."""
        try:
            return bytes(self._outbound.protect(packet))
        except (Error, ValueError):
            return None

    def open_rtcp(self, packet: bytes) -> bytes | None:
        """As `open`, for SRTCP."""
        try:
            return bytes(self._inbound.unprotect_rtcp(packet))
        except (Error, ValueError):
            return None

    def close_rtcp(self, packet: bytes) -> bytes | None:
        """As `close`, for SRTCP."""
        try:
            return bytes(self._outbound.protect_rtcp(packet))
        except (Error, ValueError):
            return None


def _session(suite: str, key: str, ssrc_type: int) -> Session:
    try:
        octets = b64decode(key, validate=True)
        policy = Policy(octets, ssrc_type, srtp_profile=PROFILES[suite])
        policy.window_size = REPLAY_WINDOW
        return Session(policy)
    except (binascii.Error, ValueError, KeyError, Error):
        raise ValueError(f"keys that do not fit {suite}") from None
