"""Where the recordings of a transcript can be fetched, and the hash of what is fetched there: for a vCon,
which refers to them.

A sealed recording is given out unsealed, so the hash of its file would not be that of what comes; it is made
from the sound itself, piece by piece and on a thread.
"""

from __future__ import annotations

import hashlib
from typing import Final

import structlog

from bridge.access.principal import Principal
from bridge.adapters.recording_shelf import RecordingShelf
from bridge.errors import BridgeError
from bridge.tickets.document import Document
from bridge.tickets.export_vcon import Sound

log = structlog.get_logger(__name__)

MOST: Final = 64
"""Recordings of one call that are hashed."""


class SoundBook:
    """shelf: None where nothing is recorded."""

    def __init__(self, shelf: RecordingShelf | None) -> None:
        self._shelf = shelf

    async def of(self, document: Document, who: Principal, host: str) -> dict[str, Sound]:
        """By recording id; none for whoever may not listen, or may not know the numbers that are said in
        them. host: ours, as the asker sees it; vCons refer by HTTPS only (§2.4.1)."""
        if not who.has("listen") or document["covered"]:
            return {}
        found: dict[str, Sound] = {}
        for recording in document["recordings"][:MOST]:
            digest = await self._sha512(recording["file"])
            if digest is not None:
                url = f"https://{host}/api/v1/recordings/{recording['file']}/audio"
                found[recording["file"]] = Sound(recording["file"], url, digest)
        return found

    async def _sha512(self, file: str) -> bytes | None:
        """Of the sound as it is given out; None where it can no longer be."""
        row = await self._shelf.table.get(file) if self._shelf is not None else None
        if self._shelf is None or row is None or row.deleted_at is not None:
            return None
        digest = hashlib.sha512()
        try:
            playable = await self._shelf.open(row)
            async for piece in playable.read(0, playable.size):
                digest.update(piece)
        except BridgeError as error:
            log.warning("recording.not_hashed", file=file, why=error.id)
            return None
        return digest.digest()
