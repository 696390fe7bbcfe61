"""Words of danger 扬言、自杀、爆炸…: an alert while they are still being said, once per word and call.

Pure. An interim result raises it; the final one confirms it or, where the words turn out to be others
(爆炸 -> 爆炸头), takes it back. What was confirmed stays: a caller who talks on is not out of danger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

State = Literal["raised", "confirmed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Danger:
    """One kind of danger. words: patterns; category: the class they speak for, with all their weight; hides:
    phrases in which they mean something else; advice: what the agent should do."""

    id: str
    name: str
    category: str
    words: tuple[str, ...]
    hides: tuple[str, ...] = ()
    advice: str = ""


class Shout(NamedTuple):
    """A word of danger as it was said."""

    danger: str
    word: str
    said: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One word of danger in one call. word: the pattern, said: as it was said; utterance: its id; at: seconds
    since the call began by which it had been said. raised: heard in words that may still change; confirmed:
    in final ones; withdrawn: it was not that."""

    danger: str
    word: str
    said: str
    utterance: str
    at: float
    state: State = "raised"


Alerts = tuple[Alert, ...]


def hear(alerts: Alerts, shouts: Iterable[Shout], utterance: str, at: float, *, final: bool) -> Alerts:
    """The alerts after an utterance, each word at most once, oldest first."""
    known = {alert.word: alert for alert in alerts}
    said = {shout.word: shout for shout in shouts}
    for word, alert in known.items():
        if final and alert.state == "raised" and alert.utterance == utterance and word not in said:
            known[word] = replace(alert, state="withdrawn")
    for word, shout in said.items():
        known[word] = _again(known.get(word), shout, utterance, at, final)
    return tuple(known.values())


def _again(known: Alert | None, shout: Shout, utterance: str, at: float, final: bool) -> Alert:
    state: State = "confirmed" if final else "raised"
    if known is None or known.state == "withdrawn":
        return Alert(shout.danger, shout.word, shout.said, utterance, at, state)
    if known.state == "raised" and final:
        return replace(known, said=shout.said, utterance=utterance, state="confirmed")
    return known


def settle(alerts: Alerts) -> Alerts:
    """The call is over: words that were still being said stand as they were heard."""
    return tuple(replace(alert, state="confirmed") if alert.state == "raised" else alert for alert in alerts)


def changed(before: Alerts, after: Alerts) -> Alerts:
    """Those that are new or other than they were."""
    return tuple(alert for alert in after if alert not in before)
