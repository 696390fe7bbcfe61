"""A transcript as a vCon, the IETF's container for conversations: draft-ietf-vcon-vcon-core-04 (7 September
2026), syntax version 0.4.0, unsigned form.

Pure; made from the transcript's document. parties: whoever spoke, and the bridge itself, which adds what the
conversation did not have. dialog: each recording, by address and hash of what that address gives; without
any a placeholder (§4.3). analysis: the transcript, corrections in it. attachments: the chain of hashes.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bridge.tickets.document import Document
from bridge.tickets.evidence import SCHEMA
from bridge.tickets.export_text import speaker_name
from bridge.tickets.transcript import CALLER

SYNTAX: Final = "0.4.0"
VENDOR: Final = "bridge-12345-110"
CHAIN_SCHEMA: Final = f"{SCHEMA}.chain"


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can be fetched. file: its id; sha512: of the octets that `url` gives."""

    file: str
    url: str
    sha512: bytes
    mediatype: str = "audio/x-wav"


def as_vcon(document: Document, sounds: dict[str, Sound], domain: str) -> dict[str, Any]:
    """sounds: by recording id, those that can be fetched; domain: whose vCons these are, for their UUIDs."""
    speakers = list(dict.fromkeys([CALLER, *(said["speaker"] for said in document["utterances"])]))
    parties = [_party(speaker, document) for speaker in speakers]
    dialog = _dialog(document, sounds, len(parties))
    made = {
        "vcon": SYNTAX,
        "uuid": vcon_uuid(document["call"], document["started_at"], domain, covered=document["covered"]),
        "created_at": document["ended_at"] or document["started_at"],
        "subject": f"{document['platform']} {document['call']}",
        "parties": [*parties, {"name": VENDOR, "type": "bot", "validation": "none"}],
        "dialog": dialog,
        "analysis": [_transcript(document, len(dialog))],
        "attachments": [_chain(document, len(parties))],
    }
    if document["covered"]:
        whole = vcon_uuid(document["call"], document["started_at"], domain, covered=False)
        made["redacted"] = {"uuid": whole, "type": "personal-numbers"}
    corrected = [said["corrected"]["at"] for said in document["utterances"] if said["corrected"]]
    return {**made, "updated_at": max(corrected)} if corrected else made


def vcon_uuid(call: str, started_at: str, domain: str, *, covered: bool) -> str:
    """A version 8 UUID as §4.1.2 makes it: the call's time, then 62 bits of the domain's SHA-1. The 12 bits
    between, chance in the draft, are the call's own here: the same transcript has the same UUID each time,
    and its covered form another."""
    millis = round(datetime.fromisoformat(started_at).timestamp() * 1000) & (1 << 48) - 1
    own = hashlib.sha256(f"{call}|{covered}".encode()).digest()
    middle = int.from_bytes(own[:2]) & 0xFFF
    # SHA-1 is the draft's word, for telling domains apart; nothing is kept safe by it.
    house = int.from_bytes(hashlib.sha1(domain.encode(), usedforsecurity=False).digest()[:8]) >> 2
    digits = f"{millis << 80 | 8 << 76 | middle << 64 | 0b10 << 62 | house:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _party(speaker: str, document: Document) -> dict[str, Any]:
    if speaker == CALLER:
        tel = document["caller"]
        own = {"tel": tel} if tel and "*" not in tel else {}
        return {**own, "name": speaker_name(speaker), "type": "person", "validation": "none"}
    seats = [each["number"] for each in document["recognisers"] if each["speaker"] == speaker]
    seat = {"uuid": f"{speaker}/{seats[0]}"} if seats and seats[0] else {}
    return {**seat, "name": speaker_name(speaker), "type": "person", "org": speaker, "validation": "none"}


def _dialog(document: Document, sounds: dict[str, Sound], parties: int) -> list[dict[str, Any]]:
    """All recordings in their order; a transcript without any has the talk itself as a placeholder."""
    whom = list(range(parties))
    made = [_recording(each, sounds.get(each["file"]), whom) for each in document["recordings"]]
    if made:
        return made
    lasted = max((said["end"] for said in document["utterances"]), default=0.0)
    return [{"type": "recording", "start": document["started_at"], "duration": lasted, "parties": whom}]


def _recording(recording: Document, sound: Sound | None, whom: list[int]) -> dict[str, Any]:
    made = {
        "type": "recording",
        "start": recording["started_at"],
        "duration": recording["duration_ms"] / 1000,
        "parties": whom,
        "filename": f"{recording['file']}.wav",
    }
    if sound is None:  # its file is gone, or nobody may fetch it
        return made
    return {
        **made,
        "mediatype": sound.mediatype,
        "url": sound.url,
        "content_hash": f"sha512-{base64.urlsafe_b64encode(sound.sha512).decode().rstrip('=')}",
    }


def _transcript(document: Document, dialogs: int) -> dict[str, Any]:
    body = {key: value for key, value in document.items() if key != "chain"}
    return {
        "type": "transcript",
        "dialog": list(range(dialogs)) if dialogs > 1 else 0,
        "mediatype": "application/json",
        "vendor": VENDOR,
        "product": _product(document),
        "schema": SCHEMA,
        "encoding": "json",
        "body": body,
    }


def _product(document: Document) -> str:
    """What has recognised the words."""
    models = dict.fromkeys(str(each.get("model", "")) for each in document["recognisers"])
    return ", ".join(model for model in models if model) or "unknown"


def _chain(document: Document, us: int) -> dict[str, Any]:
    ended = datetime.fromisoformat(document["started_at"])
    if document["ended_at"] is None and document["utterances"]:
        ended += timedelta(seconds=max(said["end"] for said in document["utterances"]))
    return {
        "purpose": "evidence: hash chain over the transcript and its recordings",
        "start": document["ended_at"] or ended.isoformat(),
        "party": us,
        "dialog": 0,
        "mediatype": "application/json",
        "encoding": "json",
        "body": {"schema": CHAIN_SCHEMA, **document["chain"]},
    }
