"""Personal data at rest under a key: texts that only the key opens, values that are equal where they were
equal, and blind tokens to search by.

Pure: the nonce comes in as an argument (NIST SP 800-38D §8.2.2: 2**32 texts under one key). Three keys are
made from the administrator's by HKDF-SHA256: AES-256-GCM for texts, AES-SIV (RFC 5297) for what is looked up
by equality, keyed BLAKE2b for tokens. A sealed text names its key, so keys can follow one another: new texts
are closed with the first, old ones are opened with any.

What lies open all the same: how long a text is; that two numbers are the same one, and how often; how often a
blind token occurs and beside which others, from which, with much text and patience, common words can be
guessed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bridge.errors import UnusableData

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
MARK: Final = "\x01"
"""Before every sealed text: no text of ours begins so, and JSON can't."""
_PURPOSE: Final = b"bridge database 1 "


class _Key:
    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key has {KEY_SIZE} octets")
        self.name = hashlib.sha256(_PURPOSE + key).hexdigest()[:8]
        self.texts = AESGCM(_derived(key, b"texts", KEY_SIZE))
        self.equals = AESSIV(_derived(key, b"equals", 2 * KEY_SIZE))
        self.blind = _derived(key, b"blind", KEY_SIZE)


class Vault:
    """keys: the one in use first, then those before it. Raises ValueError for one that is not KEY_SIZE
    octets."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        made = [_Key(key) for key in keys]
        self._first, self._all = made[0], {key.name: key for key in made}

    @property
    def name(self) -> str:
        """Of the key in use; tells keys apart without telling the key."""
        return self._first.name

    def close(self, nonce: bytes, belongs: str, text: str) -> str:
        """The text sealed. nonce: NONCE_SIZE octets never used before. belongs: the column; a text moved to
        another can't be opened."""
        sealed = self._first.texts.encrypt(nonce, text.encode(), belongs.encode())
        return f"{MARK}{self._first.name}:{base64.b64encode(nonce + sealed).decode()}"

    def close_equal(self, belongs: str, text: str) -> str:
        """The same for the same text in the same column."""
        sealed = self._first.equals.encrypt(text.encode() + MARK.encode(), [belongs.encode()])
        return f"{MARK}{self._first.name}={base64.b64encode(sealed).decode()}"

    def open(self, belongs: str, text: str) -> str:
        """The text again; one from before there was a key comes back as it is. Raises UnusableData."""
        if not text.startswith(MARK):
            return text
        name, kind, body = text[1:9], text[9:10], text[10:]
        key = self._all.get(name)
        if key is None:
            raise UnusableData(unopened(name))
        try:
            octets = base64.b64decode(body, validate=True)
            if kind == ":":
                plain = key.texts.decrypt(octets[:NONCE_SIZE], octets[NONCE_SIZE:], belongs.encode())
            else:
                plain = key.equals.decrypt(octets, [belongs.encode()])[: -len(MARK)]
            return plain.decode()
        except (InvalidTag, ValueError):
            raise UnusableData("数据库里有一处加密的内容被改动过，或挪了地方") from None

    def current(self, text: str) -> bool:
        """Whether it is sealed with the key in use."""
        return text.startswith(f"{MARK}{self._first.name}")

    def token(self, token: str) -> str:
        """A blind token: 16 hex digits."""
        return hashlib.blake2b(token.encode(), digest_size=8, key=self._first.blind).hexdigest()


def unopened(name: str) -> str:
    """What to say of a text whose key nobody has."""
    return f"数据库里的个人信息是加密的，没有这把密钥（指纹 {name}）：检查 database 的密钥，旧的写在 old_keys"


def _derived(key: bytes, what: bytes, size: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=_PURPOSE + what).derive(key)
