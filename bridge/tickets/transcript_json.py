"""A transcript as JSON and back: the shape tickets, the interface and files share.

Pure. Words are rows [text, start, end, confidence]: objects would make a long ticket three times as long.
"""

from __future__ import annotations

from typing import Any

from bridge.tickets.transcript import SpokenWord, Transcript, Utterance


def encode_transcript(transcript: Transcript) -> dict[str, Any]:
    """truncated, and all utterances in the order of speaking."""
    said = [encode_utterance(item) for item in transcript.utterances]
    return {"truncated": transcript.truncated, "utterances": said}


def encode_utterance(item: Utterance) -> dict[str, Any]:
    """id, speaker, leg, start, end (seconds since the call began), text, final; words where there are any."""
    body = {
        "id": item.id,
        "speaker": item.speaker,
        "leg": item.leg,
        "start": round(item.start, 3),
        "end": round(item.end, 3),
        "text": item.text,
        "final": item.final,
    }
    return {**body, "words": encode_words(item.words)} if item.words else body


def encode_words(words: tuple[SpokenWord, ...]) -> list[list[Any]]:
    """Each as [text, start, end, confidence]."""
    return [[word.text, round(word.start, 3), round(word.end, 3), round(word.conf, 3)] for word in words]


def decode_transcript(body: dict[str, Any]) -> Transcript:
    """The transcript `encode_transcript` made this of (times to the millisecond). KeyError, TypeError on
    others."""
    items = [decode_utterance(item) for item in body["utterances"]]
    return Transcript(
        tuple(item for item in items if item.final),
        tuple(item for item in items if not item.final),
        body["truncated"],
    )


def decode_utterance(body: dict[str, Any]) -> Utterance:
    """One utterance; those written before there were ids and words are read, too. TypeError on others."""
    return Utterance(**{**body, "words": tuple(SpokenWord(*row) for row in body.get("words", ()))})
