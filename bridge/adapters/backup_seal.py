"""A backup under a key: a stream of AES-256-GCM pieces, written and read without ever holding the whole.

The file has a key of its own (HKDF-SHA256 of the administrator's with the file's random salt), so a nonce is
simply the piece's number. Each piece says in its length whether it is the last one, and that is authenticated
with it: a file that was cut off is known to be cut.
"""

from __future__ import annotations

import secrets
import struct
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import UnusableBackup

MAGIC: Final = b"B12BAK\x01\n"
SALT_SIZE: Final = 16
PIECE: Final = 1 << 20
_LENGTH: Final = struct.Struct("!I")
_LAST: Final = 1 << 31
_TAG: Final = 16


class SealingWriter:
    """A file to write to; `finish` seals what is left."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        salt = secrets.token_bytes(SALT_SIZE)
        self._file, self._cipher, self._head = file, _cipher(key, salt), MAGIC + salt
        self._left, self._number = bytearray(), 0
        file.write(self._head)

    def write(self, octets: bytes) -> int:
        """Takes all of them."""
        self._left += octets
        while len(self._left) > PIECE:
            self._piece(bytes(self._left[:PIECE]), last=False)
            del self._left[:PIECE]
        return len(octets)

    def finish(self) -> None:
        """The last piece."""
        self._piece(bytes(self._left), last=True)

    def _piece(self, octets: bytes, *, last: bool) -> None:
        length = _LENGTH.pack((len(octets) + _TAG) | (_LAST if last else 0))
        self._file.write(length + self._cipher.encrypt(_nonce(self._number), octets, self._head + length))
        self._number += 1


class OpeningReader:
    """A file to read from, its magic read already. Raises UnusableBackup where it was changed or cut off."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        salt = file.read(SALT_SIZE)
        self._file, self._cipher, self._head = file, _cipher(key, salt), MAGIC + salt
        self._left, self._number, self._ended = bytearray(), 0, False

    def read(self, size: int = -1) -> bytes:
        """So many octets, fewer at the end."""
        while not self._ended and (size < 0 or len(self._left) < size):
            self._left += self._piece()
        size = len(self._left) if size < 0 else size
        octets = bytes(self._left[:size])
        del self._left[:size]
        return octets

    def _piece(self) -> bytes:
        length = self._file.read(_LENGTH.size)
        if len(length) < _LENGTH.size:
            raise UnusableBackup("备份不完整：后面的部分缺了")
        (value,) = _LENGTH.unpack(length)
        size, self._ended = value & ~_LAST, bool(value & _LAST)
        sealed = self._file.read(min(size, PIECE + _TAG))
        try:
            octets = self._cipher.decrypt(_nonce(self._number), sealed, self._head + length)
        except InvalidTag:
            raise UnusableBackup("备份被改动过、不完整，或密钥不对") from None
        self._number += 1
        return octets


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=b"bridge backup 1").derive(key)
    return AESGCM(derived)


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")
