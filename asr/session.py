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

from asr.answers import SAME
from asr.errors import ProtocolError
from asr.options import Options, read_options

Phase = Literal["waiting", "streaming", "ending", "closed"]
Kind = Literal["config", "audio", "reset", "eof", "recognised", "finished"]

NORMAL: Final = 1000
REFUSED: Final = 1008
"""WebSocket close codes, RFC 6455 §7.4.1: the end as agreed, and a message that breaks the rules."""


@dataclass(frozen=True, slots=True)
class Session:
    """The state: options, phase, an odd byte waiting for its other half, the partial last shown, and how many
    messages the decoding under way answers."""

    model: str
    options: Options = field(default_factory=Options)
    phase: Phase = "waiting"
    half: bytes = b""
    shown: str = ""
    owed: int = 1


@dataclass(frozen=True, slots=True)
class Recognised:
    """The recogniser's answer to one Decode: Vosk's JSON, a partial or a result, or SAME."""

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
    """Hear whole 16-bit samples; the answer comes back as Recognised."""

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


Run = tuple[bytes, ...]
"""Audio messages that have come one after the other and are heard in one go; each gets its own answer."""
Message = str | bytes | Run | Recognised | Finished
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
        return "audio", (message,)
    if isinstance(message, tuple):
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


def _first_audio(state: Session, run: Run) -> Answer:
    state, actions = _audio(replace(state, phase="streaming"), run)
    return state, (Open(state.options), *actions)


def _audio(state: Session, run: Run) -> Answer:
    """An odd byte is kept for the next message: dropped, it would turn all that follows into noise."""
    pcm = b"".join((state.half, *run))
    whole = len(pcm) & ~1
    return replace(state, half=pcm[whole:], owed=len(run)), (Decode(pcm[:whole]),)


def _nothing_said(state: Session, _: object) -> Answer:
    return state, (Send(_final(state, "")),)


def _nothing_said_end(state: Session, _: object) -> Answer:
    return replace(state, phase="closed"), (Send(_final(state, "")), Hangup(NORMAL))


def _reset(state: Session, _: object) -> Answer:
    return replace(state, half=b""), (Finish(),)


def _eof(state: Session, _: object) -> Answer:
    return replace(state, phase="ending"), (Finish(),)


def _recognised(state: Session, message: str) -> Answer:
    """One answer to each message: what a run has brought forth goes with its last."""
    same = (Send(_partial(state.shown)),) * (state.owed - 1)
    shown, text = _answer(state, message)
    return replace(state, shown=shown, owed=1), (*same, Send(text))


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
    if message == SAME:
        return state.shown, _partial(state.shown)
    try:
        body = json.loads(message)
    except ValueError:  # Vosk writes an infinite confidence as `inf`; the client may still read the text
        return "", message
    if "partial" in body:
        return str(body["partial"]), message
    if body.get("text") or "alternatives" in body or not state.shown:
        return "", message
    return "", _final(state, state.shown)


def _partial(text: str) -> str:
    return json.dumps({"partial": text}, ensure_ascii=False)


def _final(state: Session, text: str) -> str:
    words: dict[str, object] = {"result": []} if state.options.words else {}
    return json.dumps({**words, "text": text}, ensure_ascii=False)
