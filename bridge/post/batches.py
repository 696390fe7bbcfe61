"""Letters carried as a file between networks that have no wire between them: one signed batch, its place in a
sequence, and what the other side is known to have.

Pure. The first line is the manifest, the second signs it (as a letter is signed), then a line for each
letter; the manifest holds the hash of the letters. Batches of one direction are numbered from 1 without a
gap, and `have` acknowledges the other direction's: a lost stick is seen, and its batch made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bridge.errors import BadSignature, UnusableBatch
from bridge.post.signing import Key, sign, verify

SCHEMA: Final = "bridge.batch.v1"
LARGEST: Final = 256 << 20
"""Octets of a file: some ten thousand tickets with long transcripts."""
LONGEST_WHY: Final = 250
"""Characters of a reason."""
MOST_LETTERS: Final = 5000
"""Of one batch; what waits beyond goes into the next."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One letter. id: its webhook-id, by which it counts once; body: the exact text."""

    id: str
    created_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A letter that came by file and was not taken, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """sender, receiver: platforms; sequence: from 1; have: the highest of the receiver's own batches that the
    sender has taken, 0 for none; refused: letters of those batches that were not taken."""

    sender: str
    receiver: str
    sequence: int
    have: int
    made_at: datetime
    letters: tuple[Carried, ...]
    refused: tuple[Refused, ...] = ()

    @property
    def name(self) -> str:
        """Its file's."""
        return f"{self.sender}-{self.receiver}-{self.sequence:06}.batch"


def pack(batch: Batch, keys: Sequence[Key]) -> bytes:
    """The file. Raises LookupError when no key counts at `made_at`."""
    letters = b"".join(_line(_letter(each)) for each in batch.letters)
    manifest = _line(
        {
            "schema": SCHEMA,
            "from": batch.sender,
            "to": batch.receiver,
            "sequence": batch.sequence,
            "have": batch.have,
            "made_at": batch.made_at.astimezone(UTC).isoformat(),
            "count": len(batch.letters),
            "sha256": hashlib.sha256(letters).hexdigest(),
            **_refusals(batch),
        }
    )
    return manifest + _line(sign(_id(batch), batch.made_at, manifest, keys)) + letters


def sender_of(file: bytes) -> str:
    """Who says to have made it: whose keys are to be tried. Raises UnusableBatch."""
    manifest = _read(file.split(b"\n", 1)[0])
    sender = manifest.get("from")
    if manifest.get("schema") != SCHEMA or not isinstance(sender, str):
        raise UnusableBatch("不是批量文件（bridge.batch.v1）")
    return sender


def unpack(file: bytes, keys: Sequence[Key]) -> Batch:
    """What is in a file whose signature and hash are right. Its age is no matter; its place in the sequence
    is the caller's to judge. Raises UnusableBatch saying what is wrong, in Chinese."""
    head, _, rest = file.partition(b"\n")
    seal, _, letters = rest.partition(b"\n")
    manifest = _read(head)
    try:
        batch = _batch(manifest, letters)
        headers = {name: str(value) for name, value in _read(seal).items()}
        at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        proven = verify(headers, head + b"\n", keys, at)
    except BadSignature as wrong:
        raise UnusableBatch(f"签名不对（{wrong.why}）：不是约定的密钥签的，或清单被改动过") from wrong
    except (KeyError, ValueError, TypeError, OverflowError, OSError) as wrong:
        raise UnusableBatch("清单或信读不懂，文件也许不完整") from wrong
    if proven.id != _id(batch):
        raise UnusableBatch("签名是另一批的")
    if hashlib.sha256(letters).hexdigest() != manifest["sha256"] or len(batch.letters) != manifest["count"]:
        raise UnusableBatch("信与清单对不上：文件不完整，或被改动过；请重新拷贝")
    return batch


def _id(batch: Batch) -> str:
    """A file of its own name only: which of which direction is part of what is signed."""
    return f"batch-{batch.sequence}-{hashlib.sha256(batch.name.encode()).hexdigest()[:16]}"


def _letter(letter: Carried) -> dict[str, Any]:
    return {"id": letter.id, "created_at": letter.created_at.isoformat(), "body": letter.body}


def _batch(manifest: dict[str, Any], letters: bytes) -> Batch:
    made = Batch(
        str(manifest["from"]),
        str(manifest["to"]),
        _number(manifest["sequence"], 1),
        _number(manifest["have"], 0),
        datetime.fromisoformat(manifest["made_at"]),
        tuple(_carried(_read(line)) for line in letters.split(b"\n") if line),
        tuple(_refused(each) for each in manifest.get("refused", ())),
    )
    if made.made_at.tzinfo is None:
        raise ValueError("a time without its zone")
    return made


def _refusals(batch: Batch) -> dict[str, Any]:
    """Only where there are some."""
    refused = [{"id": each.id, "why": each.why} for each in batch.refused]
    return {"refused": refused} if refused else {}


def _refused(said: dict[str, Any]) -> Refused:
    return Refused(str(said["id"])[:128], str(said["why"])[:LONGEST_WHY])


def _carried(line: dict[str, Any]) -> Carried:
    id, body = line["id"], line["body"]
    if not isinstance(id, str) or not isinstance(body, str) or not 0 < len(id) <= 128:
        raise ValueError("no letter")
    return Carried(id, datetime.fromisoformat(line["created_at"]), body)


def _number(value: object, least: int) -> int:
    if type(value) is not int or value < least:
        raise ValueError("no number")
    return value


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _read(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise UnusableBatch("文件读不懂：不是批量文件，或不完整") from wrong
    if not isinstance(value, dict):
        raise UnusableBatch("文件读不懂：不是批量文件，或不完整")
    return value
