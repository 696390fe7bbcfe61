"""One client's side of the vosk-server protocol, as a table: step(state, message) -> (state, actions).

What it knows: the messages of the stock server (a JSON `config`, binary PCM, `{"eof" : 1}`, `{"reset" : 1}`),
their limits, and that every audio message, reset and eof gets exactly one answer, in order. What it must not
know: sockets, threads, Vosk. Two faults of the stock server are cured here: a client's config can never
change the model that others use (a foreign model name ends that client's connection only), and words that
were shown as partials are not lost when the final comes back empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from asr.errors import ProtocolError

Phase = Literal["waiting", "streaming", "ending", "closed"]
Kind = Literal["config", "audio", "reset", "eof", "recognised", "finished"]

LOWEST_RATE: Final = 8000
HIGHEST_RATE: Final = 48_000
"""Narrow-band telephony to full-band: outside of it a rate is a client's mistake, and Kaldi would only
crawl."""
MOST_ALTERNATIVES: Final = 10
"""N-best lists cost lattice work on a thread that others wait for."""
MOST_PHRASES: Final = 2000
LONGEST_PHRASE: Final = 200
"""A phrase list becomes a graph built while the client waits: a few thousand names, not a dictionary."""

NORMAL: Final = 1000
REFUSED: Final = 1008
"""WebSocket close codes, RFC 6455 §7.4.1: the end as agreed, and a message that breaks the rules."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may choose for its own recogniser; `sample_rate` in Hz of the PCM it sends."""

    sample_rate: int = LOWEST_RATE
    words: bool = True
    max_alternatives: int = 0
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """The state: options, phase, an odd byte waiting for its other half, and the partial last shown."""

    model: str
    options: Options = field(default_factory=Options)
    phase: Phase = "waiting"
    half: bytes = b""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The recogniser's answer to one Decode: Vosk's JSON, a partial or a result."""

    message: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The recogniser's answer to a Finish: its last result."""

    message: str


@dataclass(frozen=True, slots=True)
class Open:
    """Make a recogniser with these options; the first action of a stream."""

    options: Options


@dataclass(frozen=True, slots=True)
class Decode:
    """Feed whole 16-bit samples; the answer comes back as Recognised."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """Ask for the last result of what was fed; the answer comes back as Finished."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text to the client."""

    text: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """Close the connection with this WebSocket code; `reason` is for whoever debugs the client."""

    code: int
    reason: str = ""


Message = str | bytes | Recognised | Finished
Action = Open | Decode | Finish | Send | Hangup
Answer = tuple[Session, tuple[Action, ...]]


def step(state: Session, message: Message) -> Answer:
    """One message of the client (text or binary) or of the recogniser. Never raises: bad input ends in a
    Hangup."""
    if state.phase == "closed":
        return state, ()
    try:
        kind, value = _classify(message)
        return TABLE[state.phase, kind](state, value)
    except ProtocolError as error:
        return replace(state, phase="closed"), (Hangup(REFUSED, str(error)[:120]),)


def _classify(message: Message) -> tuple[Kind, Any]:
    """Which row of the table a message belongs to, and what it carries."""
    if isinstance(message, bytes):
        return "audio", message
    if isinstance(message, Recognised):
        return "recognised", message.message
    if isinstance(message, Finished):
        return "finished", message.message
    return _command(message)


def _command(text: str) -> tuple[Kind, Any]:
    """A text message: stock clients send {"config": {...}}, {"eof": 1} and {"reset": 1}, blanks as they
    like."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("text message is not JSON") from None
    if isinstance(body, dict):
        if "config" in body:
            return "config", body["config"]
        if body.get("eof"):
            return "eof", None
        if body.get("reset"):
            return "reset", None
    raise ProtocolError("expected config, eof or reset")


# --- the rows -----------------------------------------------------------------------------------------------


def _configure(state: Session, config: object) -> Answer:
    return replace(state, options=read_options(config, state.options, state.model)), ()


def _configure_late(state: Session, config: object) -> Answer:
    """The stock server takes no notice of a config after the first audio; a wrong one is refused all the
    same."""
    read_options(config, state.options, state.model)
    return state, ()


def _first_audio(state: Session, pcm: bytes) -> Answer:
    state, actions = _audio(replace(state, phase="streaming"), pcm)
    return state, (Open(state.options), *actions)


def _audio(state: Session, pcm: bytes) -> Answer:
    """An odd byte is kept for the next message: dropped, it would turn all that follows into noise."""
    pcm = state.half + pcm
    whole = len(pcm) & ~1
    return replace(state, half=pcm[whole:]), (Decode(pcm[:whole]),)


def _nothing_said(state: Session, _: object) -> Answer:
    return state, (Send(_final(state, "")),)


def _nothing_said_end(state: Session, _: object) -> Answer:
    return replace(state, phase="closed"), (Send(_final(state, "")), Hangup(NORMAL))


def _reset(state: Session, _: object) -> Answer:
    return replace(state, half=b""), (Finish(),)


def _eof(state: Session, _: object) -> Answer:
    return replace(state, phase="ending"), (Finish(),)


def _recognised(state: Session, message: str) -> Answer:
    shown, text = _answer(state, message)
    return replace(state, shown=shown), (Send(text),)


def _finished(state: Session, message: str) -> Answer:
    _, text = _answer(state, message)
    return replace(state, phase="closed"), (Send(text), Hangup(NORMAL))


def _ignore(state: Session, _: object) -> Answer:
    return state, ()


TABLE: Final[dict[tuple[Phase, Kind], Callable[[Session, Any], Answer]]] = {
    ("waiting", "config"): _configure,
    ("waiting", "audio"): _first_audio,
    ("waiting", "reset"): _nothing_said,
    ("waiting", "eof"): _nothing_said_end,
    ("waiting", "recognised"): _ignore,
    ("waiting", "finished"): _ignore,
    ("streaming", "config"): _configure_late,
    ("streaming", "audio"): _audio,
    ("streaming", "reset"): _reset,
    ("streaming", "eof"): _eof,
    ("streaming", "recognised"): _recognised,
    ("streaming", "finished"): _recognised,
    ("ending", "config"): _ignore,
    ("ending", "audio"): _ignore,
    ("ending", "reset"): _ignore,
    ("ending", "eof"): _ignore,
    ("ending", "recognised"): _recognised,
    ("ending", "finished"): _finished,
}


# --- values -------------------------------------------------------------------------------------------------


def _answer(state: Session, message: str) -> tuple[str, str]:
    """The partial now shown, and what to send: Vosk's own words, unless it lost those it had shown."""
    try:
        body = json.loads(message)
    except ValueError:  # Vosk writes an infinite confidence as `inf`; the client may still read the text
        return "", message
    if "partial" in body:
        return str(body["partial"]), message
    if body.get("text") or "alternatives" in body or not state.shown:
        return "", message
    return "", _final(state, state.shown)


def _final(state: Session, text: str) -> str:
    words: dict[str, object] = {"result": []} if state.options.words else {}
    return json.dumps({**words, "text": text}, ensure_ascii=False)


def read_options(config: object, now: Options, model: str) -> Options:
    """The options a config message asks for on top of `now`; keys we don't know are left to other servers.

    `model` is the name of the one model served. Raises ProtocolError for another model or a value out of
    range.
    """
    if not isinstance(config, dict):
        raise ProtocolError("config is not an object")
    wanted = config.get("model")
    if wanted is not None and str(wanted).rstrip("/").rpartition("/")[2] != model:
        raise ProtocolError(f"this server only has the model {model}")
    return Options(
        _whole(config, "sample_rate", now.sample_rate, LOWEST_RATE, HIGHEST_RATE),
        bool(config.get("words", now.words)),
        _whole(config, "max_alternatives", now.max_alternatives, 0, MOST_ALTERNATIVES),
        _phrases(config["phrase_list"]) if "phrase_list" in config else now.phrases,
    )


def _whole(config: dict[str, object], key: str, default: int, low: int, high: int) -> int:
    """A whole number in low..high; stock clients send it as 8000, 8000.0 or "8000"."""
    try:
        value = float(str(config.get(key, default)))
    except ValueError:
        raise ProtocolError(f"{key} is not a number") from None
    if not low <= value <= high or value != int(value):
        raise ProtocolError(f"{key} must be a whole number in {low}..{high}")
    return int(value)


def _phrases(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_PHRASES:
        raise ProtocolError(f"phrase_list must be a list of at most {MOST_PHRASES} phrases")
    if any(not isinstance(item, str) or len(item) > LONGEST_PHRASE for item in value):
        raise ProtocolError(f"each phrase must be a text of at most {LONGEST_PHRASE} characters")
    return tuple(value)
