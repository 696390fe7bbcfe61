"""The glass at the reading door: what each viewer sees of calls, tickets and words.

Whoever lacks the right `personal` gets numbers covered; who is of one platform gets what concerns it;
everybody gets finals readable too. Stored and pushed values stay whole: only what goes out to a page or
program passes here. One event costs its work once, however many listeners there are.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, Final

from bridge.access.principal import Principal
from bridge.api.bounds import Bounds
from bridge.api.veil import told, veiled
from bridge.services.records import Record, Records
from bridge.services.views import utterance_view
from bridge.tickets.masking import mask
from bridge.tickets.readable import readable
from bridge.tickets.shown import Shown, show, show_last
from bridge.tickets.transcript import Utterance
from bridge.tickets.transcript_json import decode_utterance, encode_words

AT_ONCE: Final = 10
"""Utterances made readable until other work gets its turn: a millisecond."""
CONTEXT: Final = 16
"""Utterances before one that are looked at for the beginning of a number."""
REMEMBERED: Final = 64
"""Events whose covered form is at hand for the next listener."""

_WORDS: Final = frozenset(
    {"text", "value", "said", "number", "display", "why", "evidence", "explanation", "note", "reason"}
)
"""Keys of calls, tickets and events whose strings may hold somebody's number."""
_NOT_PERSONAL: Final = frozenset({"transfers", "utterances", "keys", "quality", "marks", "status"})
"""Below these are desks' numbers, figures, and what is covered as a whole conversation."""
_FOR_EVERYBODY: Final = frozenset({"queues", "keys", "ping", "recording", "wall"})
"""Events without a call or ticket that users of one platform hear of too."""
_CALLS: Final = frozenset({"call", "over"})
"""Events that are a call's whole view."""
_FIELDS: Final = ("id", "speaker", "leg", "start", "end", "text", "final", "words")

Json = dict[str, Any]


class Lens:
    """fillers: whether readable text keeps them. listeners: whether everybody sees who listens to a call."""

    def __init__(self, records: Records, bounds: Bounds, *, fillers: bool, listeners: bool = True) -> None:
        self._records, self._bounds, self._fillers = records, bounds, fillers
        self._listeners = listeners
        self._seen: OrderedDict[tuple[int, bool], tuple[Json, Json]] = OrderedDict()

    def records(self, who: Principal) -> list[Record]:
        """Every call that is theirs to see, oldest first."""
        return [record for record in self._records.all() if self._bounds.call(who, record.call)]

    def about(self, event: Json) -> str:
        """The call an event tells of, "" for none."""
        call = event.get("call", "")
        return str(call["id"]) if isinstance(call, dict) else str(call)

    def shows(self, event: Json, who: Principal) -> bool:
        """Whether an event is theirs to hear of."""
        if not (self._sees_listeners(who) or told(event)):
            return False
        if not who.platform:
            return True
        if event["type"] == "handling":
            return who.sees(event["handling"]["path"])
        if event["type"] == "deadline":
            return who.sees(event["path"])
        call = self.about(event)
        if call:
            return self._bounds.named(who, call)
        if "incident" in event:
            return self._bounds.ticket(who, str(event["incident"]))
        return event["type"] in _FOR_EVERYBODY

    def status(self, status: Json, who: Principal) -> Json:
        """The page's head: with the number of their own calls."""
        if not who.platform:
            return status
        alive = [record for record in self.records(who) if not record.outcome]
        return {**status, "calls": len(alive)}

    def queues(self, view: Json, who: Principal) -> Json:
        """Queues with agents of theirs, and these agents; figures of all platforms together are nobody's."""
        if not who.platform:
            return self.value(view, who)
        agents = [each for each in view["agents"] if self._bounds.agent(who, each["number"])]
        own = {name for each in agents for name in each["queues"]}
        queues = [each for each in view["queues"] if each["name"] in own]
        return self.value({"queues": queues, "agents": agents}, who)

    def wall(self, view: Json, who: Principal) -> Json:
        """The house's health is everybody's; the rates are those of queues with agents of theirs, and of
        their own platform."""
        if not who.platform:
            return view
        own = {"queue_rates": self._own_queue, "platform_rates": _own_platform}
        cut = {
            name: [each for each in view[name] if of(each, who)] for name, of in own.items() if name in view
        }
        return {**view, **cut}

    def _own_queue(self, queue: Json, who: Principal) -> bool:
        return any(self._bounds.agent(who, number) for number in queue["agents"])

    def event(self, event: Json, who: Principal) -> Json:
        """A live event as that listener gets it."""
        if who.platform and event["type"] in ("queues", "keys", "ping", "wall"):
            return self._own(event, who)
        covered = not who.has("personal")
        key = (id(event), covered)
        known = self._seen.get(key)
        if known is None or known[0] is not event:
            known = self._seen[key] = (event, self._event(event, covered))
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        made = known[1]
        if event["type"] == "papers":
            return {**made, "papers": self.papers(event["papers"], who)}
        if event["type"] == "handling":
            return _may_now(made, who)
        return {**made, "call": self.own(made["call"], who)} if event["type"] in _CALLS else made

    def call(self, view: Json, who: Principal) -> Json:
        """A call's view."""
        return self.own(self.value(view, who), who)

    def own(self, view: Json, who: Principal) -> Json:
        """It says whether the viewer's own telephone is in the call, and on which leg, ringing or up."""
        view = view if self._sees_listeners(who) else veiled(view)
        legs = [each["leg"] for each in view["parties"] if who.extension and each["agent"] == who.extension]
        return {**view, "yours": bool(legs), "your_leg": legs[-1] if legs else ""}

    def _sees_listeners(self, who: Principal) -> bool:
        return self._listeners or who.has("monitor")

    def utterances(
        self, said: tuple[Utterance, ...], who: Principal, newest: int | None = None
    ) -> list[Json]:
        """A conversation that may go on, in the order of speaking; at most the `newest`."""
        covered = not who.has("personal")
        recent = said[-newest - CONTEXT if newest else 0 :]
        shown = show(recent, covered=covered, fillers=self._fillers, live=True)
        views = [_view(utterance_view(each), seen) for each, seen in zip(recent, shown, strict=True)]
        return views[-newest if newest else 0 :]

    async def prepare(self, said: tuple[Utterance, ...], newest: int | None = None) -> None:
        """Has a conversation's sentences at hand, a few at a time: two hundred take tens of milliseconds, and
        the key must not wait for them."""
        for number, each in enumerate(said[-newest if newest else 0 :], 1):
            if each.final:
                readable(each.text, each.words, fillers=self._fillers)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)

    def value(self, value: Json, who: Principal) -> Json:
        """A call's view, a draft, anything with elements in it."""
        return value if who.has("personal") else _covered_dict(value)

    def ticket(self, encoded: Json, who: Principal) -> Json:
        """A whole ticket, its utterances covered as one conversation."""
        if who.has("personal"):
            return encoded
        made, speech = _covered_dict(encoded), encoded["transcript"]
        if "utterances" not in speech:
            return made
        said = [_spoken(each) for each in speech["utterances"]]
        shown = show(said, covered=True, fillers=self._fillers, live=True)
        whole = zip(speech["utterances"], shown, strict=True)
        utterances = [_view(_covered_dict(each), seen) for each, seen in whole]
        return {**made, "transcript": {**made["transcript"], "utterances": utterances}}

    def papers(self, document: Json, who: Principal) -> Json:
        """A ticket that may be another platform's: whatever its transcript is, nothing personal goes out."""
        if who.has("personal") or "transcript" not in document:
            return self.value(document, who)
        try:
            return self.ticket(document, who)
        except (KeyError, TypeError, ValueError, AttributeError):
            return _covered_dict({**document, "transcript": {}})

    def _own(self, event: Json, who: Principal) -> Json:
        if event["type"] == "queues":
            return {"type": "queues", "seq": event["seq"], **self.queues(event, who)}
        if event["type"] == "wall":
            return self.wall(event, who)
        return {**event, "status": self.status(event["status"], who)}

    def _event(self, event: Json, covered: bool) -> Json:
        if event["type"] == "utterance":
            return self._utterance(event, covered)
        if event["type"] == "ticket":  # listeners have the utterances already
            event = {**event, "ticket": brief(event["ticket"])}
        return _covered_dict(event) if covered and event["type"] != "keys" else event

    def _utterance(self, event: Json, covered: bool) -> Json:
        """It is covered together with what was said before it: a number may have begun there."""
        record = self._records.get(event["call"])
        spoken = _spoken(event)
        finals = record.transcript.finals if record is not None else ()
        before = [each for each in finals[-2 * CONTEXT :] if _before(each, spoken)][-CONTEXT:]
        return _view(event, show_last(before, spoken, covered=covered, fillers=self._fillers))


def brief(ticket: Json) -> Json:
    """An encoded ticket without its utterances."""
    speech = {name: value for name, value in ticket["transcript"].items() if name != "utterances"}
    return {**ticket, "transcript": speech}


def _may_now(event: Json, who: Principal) -> Json:
    """With what the viewer's platform may do, and no other's."""
    may = event["may"].get(who.platform, [])
    return {**event, "may": may, "handling": {**event["handling"], "may": may}}


def _own_platform(rates: Json, who: Principal) -> bool:
    return bool(rates["platform"] == who.platform)


def _view(whole: Json, seen: Shown) -> Json:
    """An utterance's view with what may be seen of it."""
    made = {**whole, "text": seen.text, "readable": seen.readable}
    return {**made, "words": encode_words(seen.words)} if "words" in whole else made


def _before(one: Utterance, spoken: Utterance) -> bool:
    return (one.start, one.end) < (spoken.start, spoken.end) and not (one.id and one.id == spoken.id)


def _spoken(view: Json) -> Utterance:
    return decode_utterance({name: view[name] for name in _FIELDS if name in view})


def _covered_dict(value: Json) -> Json:
    """The same JSON with numbers covered wherever words of people stand."""
    return {name: each if name in _NOT_PERSONAL else _covered(each, name) for name, each in value.items()}


def _covered(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return _covered_dict(value)
    if isinstance(value, list):
        return [_covered(each, key) for each in value]
    return mask(value) if key in _WORDS and isinstance(value, str) else value
