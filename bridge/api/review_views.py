"""Reviews as pages and files get them: plain JSON values, and text for people. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bridge.review.checks import Finding
from bridge.review.form import SKIPPED, Form
from bridge.review.notes import FLAGS
from bridge.review.talk import Seat
from bridge.services.review_desk import FoundCall, Review, ReviewDesk
from bridge.tickets.masking import Line, mask, mask_lines
from bridge.tickets.moments import BEIJING
from bridge.tickets.search_text import category_of, snippet
from bridge.tickets.search_words import Phrase
from bridge.tickets.stored import StoredTranscript

Json = dict[str, Any]


def call_row(found: FoundCall, phrases: Sequence[Phrase], names: Mapping[str, str], *, covered: bool) -> Json:
    """A call in the list. covered: personal numbers are."""
    said = found.stored.said()
    lines = [each.text for each in said]
    if covered:
        lines = list(mask_lines([Line(each.utterance.leg, each.text) for each in said]))
    return {
        **_head(found.stored, covered=covered),
        "agents": [_seat(seat, names) for seat in found.seats if seat.number],
        "snippet": snippet(lines, phrases),
        "utterances": len(said),
        "corrections": found.stored.heading.corrections,
        "recordings": len(found.stored.of_kind("recording")),
        "marks": found.brief.marks,
        "comments": found.brief.comments,
        "total": None if found.brief.tenths is None else found.brief.tenths / 10,
    }


def review_view(review: Review, desk: ReviewDesk, tapes: list[Json], *, covered: bool) -> Json:
    """One call, whole."""
    return {
        **_head(review.stored, covered=covered),
        "agents": [_seat(seat, desk.names) for seat in review.seats],
        "form": desk.form.json(),
        "prechecks": {
            agent: {id: _finding(desk.form, id, each) for id, each in found.items()}
            for agent, found in review.findings.items()
        },
        "scores": [each.json() for each in review.scores],
        "notes": [_note(each.json(), covered=covered) for each in review.notes],
        "flags": FLAGS,
        "recordings": tapes,
    }


def review_text(view: Json) -> str:
    """The same for people: newest scores with every answer, then marks and comments."""
    lines = [f"通话 {view['call']}  {_local(view['started_at'])}  {view['platform']}"]
    lines.append(f"类别：{view['category']['name'] or '没有'}  诉求人：{view['caller'] or '未显示'}")
    newest = {score["agent"]: score for score in reversed(view["scores"])}
    for score in newest.values():
        lines += ["", *_score_lines(score)]
    if not newest:
        lines += ["", "还没有评分"]
    lines += ["", "标记和评论：" if view["notes"] else "没有标记和评论"]
    for note in view["notes"]:
        where = "整通" if note["second"] is None else _clock(note["second"])
        what = FLAGS.get(note["flag"], "评论")
        lines.append(f"[{where}] {what}：{note['text']}（{note['by']}，{_local(note['at'])}）")
    return "\n".join(lines) + "\n"


def answer_name(form: Json, question: Json, option: str) -> str:
    """How an answer reads."""
    if option == form.get("skipped", SKIPPED):
        return "不适用"
    return next((each["name"] for each in question["options"] if each["id"] == option), option)


def _score_lines(score: Json) -> list[str]:
    verdict = "合格" if score["passed"] else "不合格"
    form = score.get("form") or {"parts": []}
    lines = [
        f"话务员 {score['agent'] or '未知'}：{score['total']:g} 分，{verdict}"
        f"（第 {score['version']} 版，{score['by']}，{_local(score['at'])}）"
    ]
    for part in form["parts"]:
        lines.append(f"  {part['name']}")
        for question in part["questions"]:
            answer = score["answers"].get(question["id"], {"option": "", "note": ""})
            note = f"  说明：{answer['note']}" if answer["note"] else ""
            lines.append(f"    {question['text']}：{answer_name(form, question, answer['option'])}{note}")
    return [*lines, f"  总评：{score['remark']}"] if score.get("remark") else lines


def _head(stored: StoredTranscript, *, covered: bool) -> Json:
    heading = stored.heading
    opened: Json = next(iter(stored.of_kind("opened")), {})
    caller = str(opened.get("caller", ""))
    ended = heading.ended_at
    return {
        "call": heading.call,
        "started_at": heading.started_at.isoformat(),
        "ended_at": ended.isoformat() if ended else None,
        "seconds": round((ended - heading.started_at).total_seconds()) if ended else None,
        "platform": heading.platform,
        "state": heading.state,
        "category": category_of(stored),
        "caller": mask(caller) if covered else caller,
    }


def _seat(seat: Seat, names: Mapping[str, str]) -> Json:
    return {"number": seat.number, "name": names.get(seat.number, ""), "platform": seat.platform}


def _finding(form: Form, id: str, finding: Finding) -> Json:
    question = next(each for each in form.questions if each.id == id)
    return {
        "verdict": finding.verdict,
        "why": finding.why,
        "evidence": list(finding.evidence),
        "proposed": question.proposed(finding),
    }


def _note(note: Json, *, covered: bool) -> Json:
    return {**note, "text": mask(note["text"])} if covered else note


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _local(at: str) -> str:
    return f"{datetime.fromisoformat(at).astimezone(BEIJING):%Y-%m-%d %H:%M}"
