"""Transcripts at rest under a key: one text, one seal of AES-256-GCM.

Pure: the nonce comes in as an argument, 12 random octets for each text (NIST SP 800-38D §8.2.2: safe for
2**32 of them under one key, which a busy hotline writes in ten years). What a text belongs to is bound to it,
so that a row moved to another call or another place cannot be read. The key is the administrator's, made fit
by HKDF-SHA256 so that it may be the one recordings are sealed with.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import UnusableTranscript

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
_PURPOSE: Final = b"bridge transcript 1"


class TextSeal:
    """Raises ValueError for a key that is not KEY_SIZE octets."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key has {KEY_SIZE} octets")
        derived = HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=None, info=_PURPOSE).derive(key)
        self._cipher = AESGCM(derived)
        self.fingerprint = hashlib.sha256(_PURPOSE + key).hexdigest()[:16]
        """Tells keys apart without telling the key."""

    def close(self, nonce: bytes, belongs: str, text: str) -> str:
        """The text sealed, in base64. nonce: NONCE_SIZE octets never used before."""
        sealed = self._cipher.encrypt(nonce, text.encode(), belongs.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, belongs: str, sealed: str) -> str:
        """The text again. Raises UnusableTranscript."""
        try:
            octets = base64.b64decode(sealed, validate=True)
            return self._cipher.decrypt(octets[:NONCE_SIZE], octets[NONCE_SIZE:], belongs.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise UnusableTranscript("转写被改动过，或密钥不对") from None
