"""The ticket desk: the key never waits for it, versions reach the store in order, words are coalesced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bridge.clock import SystemClock
from bridge.scope.suggestion import Suggestion
from bridge.services import ticket_desk, ticket_writer
from bridge.services.ticket_desk import TicketDesk
from bridge.tickets.advice import Advice
from bridge.tickets.ticket import Ticket
from bridge.tickets.transcript import Utterance

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
CRIME = Suggestion("a2-crime", "涉嫌违法犯罪", "110", 2, True, 4, ("打架",))


@dataclass
class Shelf:
    """A store by hand: keeps what it is given, fails as often as it is told, waits while the gate is shut."""

    saved: list[Ticket] = field(default_factory=list)
    failures: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def save(self, ticket: Ticket, *, push: bool) -> None:
        assert push
        self.asked.set()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.saved.append(ticket)
        self.changed.set()

    async def unfinished(self) -> tuple[Ticket, ...]:
        newest = {ticket.incident: ticket for ticket in self.saved}
        return tuple(ticket for ticket in newest.values() if ticket.state != "final")

    async def ticket_of(self, incident: str) -> Ticket | None:
        return next((ticket for ticket in reversed(self.saved) if ticket.incident == incident), None)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.saved) < count:
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Office:
    """A desk with its shelf, and what its pages were shown."""

    desk: TicketDesk
    shelf: Shelf
    shown: list[Ticket]


def make(shelf: Shelf, *, coalesce_s: float = 0.0) -> Office:
    shown: list[Ticket] = []
    numbers = count(1)
    desk = TicketDesk(
        store=shelf,
        clock=SystemClock(),
        advise=lambda said: Advice(CRIME if "打架" in "".join(said.said_by("caller")) else None),
        new_id=lambda: f"T{next(numbers)}",
        on_change=shown.append,
        coalesce_s=coalesce_s,
    )
    return Office(desk, shelf, shown)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    built = make(Shelf())
    built.shelf.gate.set()
    await built.desk.start()
    yield built
    await built.desk.stop()


def press(desk: TicketDesk, incident: str = "I1", *said: Utterance, route: str = "110") -> Ticket:
    return desk.open(
        incident=incident,
        call="C1",
        route=route,
        from_platform="12345",
        to_platform="110",
        caller_number="13800001111",
        agent="8001",
        trunk="carrier",
        pressed_at=NOW + timedelta(seconds=20),
        started_at=NOW,
        transcript=said,
    )


def utterance(text: str, at: float = 0, *, final: bool = True) -> Utterance:
    return Utterance("caller", "leg-1", at, at + 1, text, final)


async def test_the_press_makes_a_ticket_of_what_is_known(office: Office) -> None:
    ticket = press(office.desk, "I1", utterance("我在柳园路八号有人打架", final=False))
    assert (ticket.version, ticket.kind, ticket.suggestion) == (1, "opened", CRIME)
    assert ticket.elements.where.value == "柳园路八号"
    assert office.desk.ticket("I1") is ticket
    assert office.shown == [ticket]
    await office.shelf.until(1)
    assert office.shelf.saved == [ticket]


async def test_the_key_does_not_wait_for_the_store() -> None:
    office = make(Shelf())
    await office.desk.start()
    press(office.desk)
    office.desk.transferred("I1", NOW)
    office.desk.finish("I1", NOW)
    assert office.shelf.saved == []
    office.shelf.gate.set()
    await office.shelf.until(2)
    await office.desk.stop()
    assert [(item.version, item.kind) for item in office.shelf.saved] == [(1, "opened"), (3, "final")]


async def test_words_close_together_make_one_version() -> None:
    office = make(Shelf(), coalesce_s=0.05)
    office.shelf.gate.set()
    await office.desk.start()
    press(office.desk)
    for at, text in enumerate(("有人打架", "在柳园路八号", "快来")):
        office.desk.hear("I1", utterance(text, at))
    await office.shelf.until(2)
    await office.desk.stop()
    assert office.shelf.saved[-1].version == 2
    assert len(office.shelf.saved[-1].transcript.finals) == 3
    assert office.shelf.saved[-1].suggestion == CRIME


async def test_words_before_an_outcome_come_before_it(office: Office) -> None:
    press(office.desk)
    office.desk.hear("I1", utterance("有人打架"))
    office.desk.transferred("I1", NOW)
    ticket = office.desk.ticket("I1")
    assert ticket is not None
    assert (ticket.state, ticket.transcript.finals[0].text) == ("transferred", "有人打架")


async def test_a_store_that_fails_is_asked_again_and_order_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticket_writer, "RETRY_S", (0.001,))
    office = make(Shelf(failures=5))
    office.shelf.gate.set()
    await office.desk.start()
    press(office.desk, "I1")
    press(office.desk, "I2")
    office.desk.finish("I1", NOW)
    await office.shelf.until(3)
    await office.desk.stop()
    assert office.shelf.failures == 0
    assert [item.kind for item in office.shelf.saved if item.incident == "I1"] == ["opened", "final"]


async def test_a_ticket_that_never_fits_does_not_hold_up_the_next(office: Office) -> None:
    save = office.shelf.save

    async def picky(ticket: Ticket, *, push: bool) -> None:
        if ticket.incident == "bad":
            raise ValueError("never")
        await save(ticket, push=push)

    office.shelf.save = picky  # type: ignore[method-assign]
    press(office.desk, "bad")
    for number in range(5):
        press(office.desk, f"I{number}")
        await office.shelf.until(number + 1)
    office.shelf.save = save  # type: ignore[method-assign]
    press(office.desk, "I9")
    await office.shelf.until(7)
    assert "bad" in {item.incident for item in office.shelf.saved}


async def test_updates_fold_while_the_store_is_gone() -> None:
    office = make(Shelf())
    await office.desk.start()
    press(office.desk)
    for number in range(100):
        office.desk.amend("I1", "who", f"张{number}")
    office.desk.finish("I1", NOW)
    office.shelf.gate.set()
    await office.desk.stop()
    assert [item.version for item in office.shelf.saved] == [1, 102]
    assert office.shelf.saved[-1].elements.who.value == "张99"


async def test_a_version_that_comes_while_another_is_written_is_not_lost() -> None:
    office = make(Shelf())
    await office.desk.start()
    press(office.desk)
    await asyncio.wait_for(office.shelf.asked.wait(), 10)
    office.desk.transferred("I1", NOW)
    office.desk.amend("I1", "who", "张三")
    office.shelf.gate.set()
    await office.desk.stop()
    assert [item.version for item in office.shelf.saved] == [1, 3]


async def test_pressed_again_after_a_failure_it_is_the_same_ticket(office: Office) -> None:
    first = press(office.desk)
    office.desk.failed("I1", "busy", NOW)
    second = press(office.desk, route="110-b")
    assert (second.id, second.version, second.state, second.route) == (first.id, 3, "ringing", "110-b")
    assert press(office.desk) is second


async def test_a_restart_takes_up_what_was_not_finished(office: Office) -> None:
    press(office.desk, "I1")
    press(office.desk, "I2")
    office.desk.finish("I2", NOW)
    await office.desk.stop()
    again = make(office.shelf)
    await again.desk.start()
    assert again.desk.unfinished() == ("I1",)
    again.desk.finish("I1", NOW)
    await again.desk.stop()
    assert await office.shelf.unfinished() == ()


async def test_the_recording_comes_after_the_ticket_was_forgotten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_desk, "KEPT_FINALS", 0)
    press(office.desk, "I1")
    office.desk.recogniser_pending("I1")
    office.desk.finish("I1", NOW)
    await office.shelf.until(2)
    await asyncio.sleep(0)
    press(office.desk, "I2")
    office.desk.finish("I2", NOW)
    assert office.desk.ticket("I1") is None
    await office.desk.retranscribed("I1", lambda said: said.hear(utterance("有人打架")), "final", "")
    await office.desk.stop()
    stored = await office.shelf.ticket_of("I1")
    assert stored is not None
    assert (stored.transcript_state, stored.transcript.finals[0].text) == ("final", "有人打架")


async def test_unknown_incidents_are_harmless(office: Office) -> None:
    office.desk.hear("none", utterance("喂"))
    office.desk.transferred("none", NOW)
    office.desk.failed("none", "busy", NOW)
    office.desk.recogniser_pending("none")
    office.desk.finish("none", NOW)
    office.desk.recogniser_back("none")
    await office.desk.retranscribed("none", lambda said: said, "final", "")
    assert office.desk.ticket("none") is None


async def test_too_many_unwritten_tickets_are_told_and_the_call_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticket_writer, "MAX_UNWRITTEN", 2)
    office = make(Shelf())
    await office.desk.start()
    tickets = [press(office.desk, f"I{number}") for number in range(4)]
    assert all(office.desk.ticket(item.incident) is item for item in tickets)
    office.shelf.gate.set()
    await office.shelf.until(2)
    office.desk.finish("I3", NOW)
    await office.desk.stop()
    assert {item.incident for item in office.shelf.saved} == {"I0", "I1", "I3"}


async def test_a_page_that_fails_does_not_stop_the_papers(office: Office) -> None:
    def broken(_: Ticket) -> None:
        raise RuntimeError("page gone")

    office.desk._on_change = broken
    press(office.desk)
    await office.shelf.until(1)


async def test_stop_twice_and_without_start() -> None:
    office = make(Shelf())
    await office.desk.stop()
    await office.desk.start()
    await office.desk.stop()
    await office.desk.stop()
