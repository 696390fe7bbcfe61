"""Recordings at rest under a key: pieces of AES-256-GCM that can be read as far as they were written.

Strategy: each file has a key of its own (HKDF-SHA256 of the administrator's with the file's random salt), so
a nonce is simply the piece's number. A piece says in its length whether it is the last one, and that is
authenticated with it: a file that was cut off can be read to its last whole piece, and is known to be cut;
one that was tampered with, or whose pieces were moved, cannot be read. Pure: salt and key come in as
arguments.

Layout: MAGIC, length of the header (4 octets), the header (JSON: salt, key's fingerprint, law, channels),
then for each piece its length (4 octets, the highest bit marks the last one) and its octets.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import UnusableRecording
from bridge.media.plan import Codec

MAGIC: Final = b"B12REC\x01\n"
KEY_SIZE: Final = 32
SALT_SIZE: Final = 16
MAX_PIECE: Final = 1 << 24
"""Octets; a piece is normally a second: 16 KB."""
_LENGTH: Final = struct.Struct("!I")
_LAST: Final = 1 << 31
TAG_SIZE: Final = 16
"""Octets a piece is longer than what is in it."""
_PURPOSE: Final = b"bridge recording 1"


def fingerprint(key: bytes) -> str:
    """Tells keys apart without telling the key: 16 hex digits."""
    return hashlib.sha256(_PURPOSE + key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of itself. size: octets before the first piece."""

    salt: bytes
    key: str
    law: Codec
    size: int
    text: bytes


class Seal:
    """One file being written, or read. Raises ValueError for a key that is not KEY_SIZE octets."""

    def __init__(self, key: bytes, salt: bytes, text: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key has {KEY_SIZE} octets")
        derived = HKDF(algorithm=SHA256(), length=KEY_SIZE, salt=salt, info=_PURPOSE).derive(key)
        self._cipher, self._bound = AESGCM(derived), hashlib.sha256(text).digest()

    def close(self, number: int, octets: bytes, *, last: bool) -> bytes:
        """The piece with that number (from 0), ready to be written."""
        length = _LENGTH.pack((len(octets) + TAG_SIZE) | (_LAST if last else 0))
        return length + self._cipher.encrypt(_nonce(number), octets, self._bound + length)

    def open(self, number: int, length: bytes, sealed: bytes) -> bytes:
        """The octets of a piece. Raises UnusableRecording."""
        try:
            return self._cipher.decrypt(_nonce(number), sealed, self._bound + length)
        except InvalidTag:
            raise UnusableRecording(f"第 {number + 1} 段被改动过，或密钥不对") from None


def begin(key: bytes, salt: bytes, law: Codec) -> tuple[bytes, Seal]:
    """The head of a new file, and the seal for its pieces. salt: SALT_SIZE random octets."""
    said = {"salt": salt.hex(), "key": fingerprint(key), "law": law, "channels": 2}
    text = json.dumps(said).encode()
    return MAGIC + _LENGTH.pack(len(text)) + text, Seal(key, salt, text)


def read_head(data: bytes) -> Head:
    """The head at the beginning of a file. Raises UnusableRecording."""
    try:
        data.index(MAGIC, 0, len(MAGIC))
        (length,) = _LENGTH.unpack_from(data, len(MAGIC))
        text = data[len(MAGIC) + 4 : len(MAGIC) + 4 + length]
        said = json.loads(text)
        law: Codec = {"PCMA": "PCMA", "PCMU": "PCMU"}[said["law"]]  # type: ignore[assignment]
        return Head(bytes.fromhex(said["salt"]), str(said["key"]), law, len(MAGIC) + 4 + length, text)
    except (ValueError, KeyError, TypeError, struct.error, RecursionError):
        raise UnusableRecording("不是本系统加密的录音，或文件开头残缺") from None


def read_length(length: bytes) -> tuple[int, bool]:
    """Octets of the piece that follows (0: the file ends here, cut off), and whether it is the last."""
    if len(length) < _LENGTH.size:
        return 0, False
    (value,) = _LENGTH.unpack(length)
    size = value & ~_LAST
    if not TAG_SIZE <= size <= MAX_PIECE:
        raise UnusableRecording("录音文件被改动过：段的长度不对")
    return size, bool(value & _LAST)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
