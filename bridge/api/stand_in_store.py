"""What the stand-in platform has received: every version of every ticket, in an append-only file.

Knows files and the ticket's JSON only as far as it needs (incident, version). A line is on disk before it is
acknowledged; a last line torn by a crash was never acknowledged and is cut off at the next start.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from bridge.errors import ConfigError

FILE: Final = "tickets.jsonl"

Receipt = Literal["stored", "repeated", "stale"]


@dataclass
class Received:
    """One ticket: its versions in the order of arrival, each {"received_at", "webhook_id", "type",
    "ticket"}.
    """

    versions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def newest(self) -> dict[str, Any]:
        """The last version, the only one that counts."""
        return self.versions[-1]


class StandInStore:
    """`folder` None: in memory only. Safe to call from several threads."""

    def __init__(self, folder: Path | None) -> None:
        self._tickets: dict[str, Received] = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self._path = None if folder is None else folder / FILE
        self.serial = 0
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._load(self._path)

    def receive(self, webhook_id: str, body: dict[str, Any]) -> Receipt:
        """Take one version. "repeated": that very message was taken before; "stale": a newer version was."""
        ticket = body["data"]
        with self._lock:
            if webhook_id in self._seen:
                return "repeated"
            known = self._tickets.get(ticket["incident"])
            if known is not None and known.newest["ticket"]["version"] >= ticket["version"]:
                return "stale"
            entry = {
                "received_at": datetime.now(UTC).isoformat(),
                "webhook_id": webhook_id,
                "type": body["type"],
                "ticket": ticket,
            }
            self._append(entry)
            self._remember(entry)
            return "stored"

    def all(self) -> list[dict[str, Any]]:
        """The newest version of every ticket, the ticket touched last first."""
        with self._lock:
            newest = [item.newest for item in self._tickets.values()]
        return sorted(newest, key=lambda entry: str(entry["received_at"]), reverse=True)

    def versions(self, incident: str) -> list[dict[str, Any]]:
        """Every version of that incident's ticket, oldest first; [] if there is none."""
        with self._lock:
            known = self._tickets.get(incident)
            return [] if known is None else list(known.versions)

    def _remember(self, entry: dict[str, Any]) -> None:
        self._tickets.setdefault(entry["ticket"]["incident"], Received()).versions.append(entry)
        self._seen.add(entry["webhook_id"])
        self.serial += 1

    def _append(self, entry: dict[str, Any]) -> None:
        if self._path is None:
            return
        with self._path.open("ab") as file:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _load(self, path: Path) -> None:
        whole = path.read_bytes() if path.exists() else b""
        complete = whole[: whole.rfind(b"\n") + 1]
        for number, line in enumerate(complete.split(b"\n")[:-1], 1):
            try:
                self._remember(json.loads(line))
            except (ValueError, KeyError, TypeError) as wrong:
                raise ConfigError((f"{path}:{number}: 不是本平台写的工单记录，请移走这个文件",)) from wrong
        if len(complete) < len(whole):
            with path.open("r+b") as file:
                file.truncate(len(complete))
