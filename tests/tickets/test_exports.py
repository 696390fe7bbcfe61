"""The forms a transcript goes out in: what each says, and that it is what its readers take."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import srt

from bridge.tickets.document import document
from bridge.tickets.evidence import Chain, Entry, Kind, final_body, verify
from bridge.tickets.export_text import as_srt, as_text
from bridge.tickets.export_vcon import Sound, as_vcon, vcon_uuid
from bridge.tickets.stored import Heading, StoredTranscript
from bridge.tickets.transcript import SpokenWord, Utterance

START = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
AT = (START + timedelta(minutes=2)).isoformat()
WORDS = (SpokenWord("您好", 1.0, 1.5, 1.0), SpokenWord("请讲", 2.5, 3.0, 0.9))


def chained(*bodies: tuple[Kind, dict[str, Any]]) -> tuple[Chain, tuple[Entry, ...]]:
    chain, entries = Chain(), list[Entry]()
    for kind, body in bodies:
        chain, entry = chain.add(kind, AT, body)
        entries.append(entry)
    return chain, tuple(entries)


def said(
    speaker: str, leg: str, start: float, text: str, words: tuple[SpokenWord, ...] = ()
) -> dict[str, Any]:
    return final_body(Utterance(speaker, leg, start, start + 2, text, id=f"{leg}-{start}", words=words))


def transcript(*, recorded: bool = True, corrected: bool = True) -> StoredTranscript:
    opened = {
        "call": "c1",
        "platform": "12345",
        "number": "12345",
        "caller": "13806351234",
        "software": {"bridge": "1"},
    }
    model = {"leg": "a", "speaker": "12345", "number": "8001", "model": "small-cn", "model_sha256": "ab" * 32}
    tape = {
        "file": "t-1", "started_at": START.isoformat(), "duration_ms": 60500, "octets": 9,
        "sha256": "cd" * 32, "sealed": True, "ended": "whole",
    }  # fmt: skip
    closed = {"outcome": "caller left", "incidents": ["i1"], "truncated": False, "pending": False, "lost": 0}
    chain, entries = chained(
        ("opened", opened),
        ("recogniser", model),
        ("final", said("caller", "c", 4.0, "我电话是一三八零六三五一二三四")),
        ("final", said("12345", "a", 1.0, "您好请讲", WORDS)),
        ("final", said("caller", "c", 3725.5, "有人打价")),
        ("closed", closed),
        *([("recording", tape)] if recorded else []),
    )  # fmt: skip
    _, corrections = chained(("correction", {"entry": 5, "id": "c-3725.5", "text": "有人打架", "by": "班长"}))
    heading = Heading("c1", START, "12345", "final", START + timedelta(hours=1), 0, chain.count, chain.head)
    return StoredTranscript(heading, entries, corrections if corrected else ())


def test_a_document_has_everything_in_the_order_of_speaking() -> None:
    made = document(transcript(), covered=False, fillers=True)
    assert [each["seq"] for each in made["utterances"]] == [4, 3, 5]
    assert [each["readable"] for each in made["utterances"]] == [
        "您好。请讲。",
        "我电话是138 0635 1234。",
        "有人打价。",
    ]
    assert made["utterances"][0]["words"] == [["您好", 1.0, 1.5, 1.0], ["请讲", 2.5, 3.0, 0.9]]
    assert made["utterances"][2]["corrected"] == {
        "text": "有人打架", "readable": "有人打架。", "by": "班长", "at": AT,
    }  # fmt: skip
    assert (made["caller"], made["incidents"], made["outcome"]) == ("13806351234", ["i1"], "caller left")
    assert made["chain"]["holds"]
    assert verify(json.loads(json.dumps(made))["chain"]["entries"], made["chain"]["head"]).holds


def test_covered_it_shows_no_number_and_no_entries() -> None:
    made = document(transcript(), covered=True, fillers=True)
    assert made["caller"] == "138****1234"
    assert made["utterances"][1]["text"] == "我电话是一三八****一二三四"
    assert made["utterances"][1]["readable"] == "我电话是138 **** 1234。"
    assert made["chain"]["entries"] is None
    assert made["chain"]["holds"]
    whole = json.dumps(made, ensure_ascii=False)
    assert "零六三五" not in whole
    assert "0635" not in whole


def test_text_says_who_when_what_and_what_was_corrected() -> None:
    lines = as_text(document(transcript(), covered=False, fillers=True)).splitlines()
    assert lines[0] == "通话 c1  2026-03-05 17:30:00  12345"
    assert lines[4:8] == [
        "[00:01] 12345：您好。请讲。",
        "[00:04] 诉求人：我电话是138 0635 1234。",
        "[1:02:05] 诉求人：有人打价。",
        "        更正：有人打架。（班长，2026-03-05 17:32:00）",
    ]
    assert "完整）" in lines[-2]
    assert lines[-1] == f"录音 t-1  SHA-256 {'cd' * 32}，加密后的文件"


def test_text_says_where_a_chain_is_broken() -> None:
    stored = transcript()
    stored.entries[2]["body"]["text"] = "我电话是零"
    text = as_text(document(stored, covered=False, fillers=True))
    assert "第 3 条：被改动过" in text


def test_srt_is_what_players_read() -> None:
    found = list(srt.parse(as_srt(document(transcript(), covered=False, fillers=True))))
    assert [(each.index, each.start, each.content) for each in found] == [
        (1, timedelta(seconds=1), "12345：您好。请讲。"),
        (2, timedelta(seconds=4), "诉求人：我电话是138 0635 1234。"),
        (3, timedelta(seconds=3725.5), "诉求人：有人打架。"),
    ]
    assert all(each.start < each.end for each in found)
    assert list(srt.sort_and_reindex(found)) == found


# --- vCon: draft-ietf-vcon-vcon-core-04, appendix C and §4 ------------------------------------------------

TEXT, NUMBER, INDEX, ANY = str, (int, float), int, object
CONTENT = {
    "mediatype": TEXT,
    "filename": TEXT,
    "body": ANY,
    "encoding": TEXT,
    "url": TEXT,
    "content_hash": TEXT,
}
TOP = {"vcon": TEXT, "uuid": TEXT, "created_at": TEXT, "updated_at": TEXT, "subject": TEXT, "redacted": dict}
LISTS = {"parties": list, "dialog": list, "analysis": list, "attachments": list}
PARTY = {"tel": TEXT, "name": TEXT, "uuid": TEXT, "type": TEXT, "org": TEXT, "validation": TEXT}
DIALOG = {"type": TEXT, "start": TEXT, "duration": NUMBER, "parties": list}
SHAPES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "top": ({**TOP, **LISTS}, {"uuid", "created_at"}),
    "party": (PARTY, set()),
    "dialog": ({**DIALOG, **CONTENT}, {"type", "start"}),
    "analysis": (
        {"type": TEXT, "dialog": (int, list), "vendor": TEXT, "product": TEXT, "schema": TEXT, **CONTENT},
        {"type", "vendor"},
    ),
    "attachment": (
        {"purpose": TEXT, "start": TEXT, "party": INDEX, "dialog": INDEX, **CONTENT},
        {"start", "party", "dialog"},
    ),
}


def fits(kind: str, value: dict[str, Any]) -> None:
    """Only what the draft names (no extension is declared), each of its type, nothing missing."""
    known, needed = SHAPES[kind]
    assert set(value) <= set(known), f"{kind}: {set(value) - set(known)} is no parameter of the draft"
    assert needed <= set(value), f"{kind}: {needed - set(value)} must be there"
    for name, each in value.items():
        assert isinstance(each, known[name]), f"{kind}.{name}"
    for name in ("created_at", "updated_at", "start"):
        if name in value:
            assert datetime.fromisoformat(value[name]).tzinfo is not None, "RFC 3339"
    if "body" in value:
        assert value["encoding"] in {"base64url", "json", "none"}
        assert "mediatype" in value
    if "url" in value:
        assert value["url"].startswith("https://")
        algorithm, _, digest = value["content_hash"].partition("-")
        assert algorithm == "sha512"
        assert len(base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4))) == 64


def valid(vcon: dict[str, Any]) -> None:
    """The whole container by the draft."""
    fits("top", vcon)
    assert vcon["vcon"] == "0.4.0"
    assert UUID(vcon["uuid"]).version == 8
    for kind, name in (("party", "parties"), ("dialog", "dialog"), ("analysis", "analysis")):
        for each in vcon[name]:
            fits(kind, each)
    for each in vcon["attachments"]:
        fits("attachment", each)
        assert each["party"] < len(vcon["parties"])
        assert each["dialog"] < len(vcon["dialog"])
    for each in vcon["dialog"]:
        assert each["type"] == "recording"
        assert all(index < len(vcon["parties"]) for index in each["parties"])
    for each in vcon["analysis"]:
        about = each["dialog"] if isinstance(each["dialog"], list) else [each["dialog"]]
        assert all(index < len(vcon["dialog"]) for index in about)
    assert all(each["type"] in {"person", "bot", "organization"} for each in vcon["parties"])


SOUNDS = {"t-1": Sound("t-1", "https://bridge.example/api/v1/recordings/t-1/audio", bytes(64))}


@pytest.mark.parametrize("covered", [False, True])
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("corrected", [False, True])
def test_a_vcon_is_what_the_draft_says(covered: bool, recorded: bool, corrected: bool) -> None:
    stored = transcript(recorded=recorded, corrected=corrected)
    made = document(stored, covered=covered, fillers=True)
    vcon = json.loads(json.dumps(as_vcon(made, {} if covered else SOUNDS, "bridge.example")))
    valid(vcon)
    assert ("redacted" in vcon) == covered
    assert ("updated_at" in vcon) == corrected
    assert ("url" in vcon["dialog"][0]) == (recorded and not covered)


def test_a_vcon_carries_the_words_the_hash_of_the_sound_and_the_chain() -> None:
    made = document(transcript(), covered=False, fillers=True)
    vcon = as_vcon(made, SOUNDS, "bridge.example")
    assert vcon["parties"][0] == {
        "tel": "13806351234", "name": "诉求人", "type": "person", "validation": "none",
    }  # fmt: skip
    assert vcon["parties"][1]["uuid"] == "12345/8001"
    assert vcon["dialog"][0]["content_hash"] == "sha512-" + "A" * 86
    assert vcon["dialog"][0]["duration"] == 60.5
    (analysis,) = vcon["analysis"]
    assert (analysis["type"], analysis["product"]) == ("transcript", "small-cn")
    assert analysis["body"]["utterances"][2]["corrected"]["text"] == "有人打架"
    chain = vcon["attachments"][0]["body"]
    assert verify(chain["entries"], chain["head"]).holds


def test_the_same_transcript_has_the_same_uuid_and_its_covered_form_another() -> None:
    one = vcon_uuid("c1", START.isoformat(), "bridge.example", covered=False)
    assert one == vcon_uuid("c1", START.isoformat(), "bridge.example", covered=False)
    others = {
        vcon_uuid("c2", START.isoformat(), "bridge.example", covered=False),
        vcon_uuid("c1", START.isoformat(), "bridge.example", covered=True),
        vcon_uuid("c1", START.isoformat(), "other.example", covered=False),
    }
    assert one not in others
    assert len(others) == 3
    covered = as_vcon(document(transcript(), covered=True, fillers=True), {}, "bridge.example")
    assert covered["redacted"]["uuid"] == one
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one)


def test_words_heard_anew_from_the_recording_take_the_place_of_the_first() -> None:
    first, again = said("caller", "c", 1.0, "有人"), {**said("caller", "c", 1.0, "有人打架"), "end_ms": 4000}
    chain, entries = chained(("final", first), ("final", again))
    stored = StoredTranscript(Heading("c", START, "110", count=chain.count, head=chain.head), entries)
    assert [(each.seq, each.text) for each in stored.said()] == [(2, "有人打架")]
