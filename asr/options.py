"""What a client may ask for in its `config`, and the limits of it.

Pure. Keys of other servers are left alone; a value out of range or another model's name is a ProtocolError,
which ends that client's connection and nobody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asr.errors import ProtocolError

LOWEST_RATE: Final = 8000
HIGHEST_RATE: Final = 48_000
"""Narrow-band telephony to full-band: outside of it a rate is a client's mistake, and Kaldi would only
crawl."""
MOST_ALTERNATIVES: Final = 10
"""N-best lists cost lattice work on a thread that others wait for."""
MOST_PHRASES: Final = 2000
LONGEST_PHRASE: Final = 200
LONGEST_LIST: Final = 20_000
"""A phrase list becomes a graph built while the client waits: a few thousand names of a few characters, not a
dictionary. In characters, the last two; cutting that many into words takes a thread half a second."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may choose for its own recogniser; `sample_rate` in Hz of the PCM it sends."""

    sample_rate: int = LOWEST_RATE
    words: bool = True
    max_alternatives: int = 0
    phrases: tuple[str, ...] = ()


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
        _switch(config, "words", now.words),
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


def _switch(config: dict[str, object], key: str, default: bool) -> bool:
    """Stock clients send 1, 0, true or false; to the stock server "false" is true, which nobody means."""
    value = config.get(key, default)
    if value not in (0, 1):
        raise ProtocolError(f"{key} must be true or false")
    return bool(value)


def _phrases(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MOST_PHRASES:
        raise ProtocolError(f"phrase_list must be a list of at most {MOST_PHRASES} phrases")
    if any(not isinstance(item, str) or len(item) > LONGEST_PHRASE for item in value):
        raise ProtocolError(f"each phrase must be a text of at most {LONGEST_PHRASE} characters")
    if sum(map(len, value)) > LONGEST_LIST:
        raise ProtocolError(f"phrase_list must have at most {LONGEST_LIST} characters in all")
    return tuple(value)
