"""A ticket in every order of events: versions only grow, the end is the end, what an agent typed stays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.scope.alerts import Alert
from bridge.scope.suggestion import Suggestion
from bridge.tickets.elements import LABELS, Element
from bridge.tickets.exchange import (
    TABLE,
    Amended,
    Classified,
    Event,
    Failed,
    Finished,
    Heard,
    Pressed,
    RecogniserBack,
    RecogniserPending,
    Retranscribed,
    Transferred,
    Understood,
    opened,
    step,
)  # fmt: skip
from bridge.tickets.gazetteer import Gazetteer, Place
from bridge.tickets.ticket import CallFacts, Ticket, decode, encode, webhook_body
from bridge.tickets.transcript import SpokenWord, Transcript, Utterance, transcript_of

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
CRIME = Suggestion("a2-crime", "涉嫌违法犯罪", "110", 2, True, 4, ("打架",))


def utterance(text: str, at: float = 0, *, final: bool = True) -> Utterance:
    return Utterance("caller", "leg-1", at, at + 1, text, final)


def ticket(*said: Utterance) -> Ticket:
    return opened(
        id="T1",
        incident="I1",
        route="110",
        from_platform="12345",
        to_platform="110",
        facts=CallFacts("C1", "13800001111", "carrier", "8001", NOW, NOW + timedelta(seconds=20)),
        transcript=transcript_of(said),
        suggestion=None,
    )


def run(subject: Ticket, *events: Event) -> Ticket:
    for event in events:
        subject, _ = step(subject, event)
    return subject


def test_the_straight_way() -> None:
    done = run(
        ticket(utterance("有人打架")),
        Heard((utterance("在柳园路八号", 3),), CRIME),
        Transferred(NOW),
        Heard((utterance("快来", 6),), CRIME),
        Finished(NOW),
    )
    assert (done.version, done.state, done.outcome, done.transcript_state) == (
        5,
        "final",
        "transferred",
        "final",
    )
    assert done.elements.where.value == "柳园路八号"
    assert done.suggestion == CRIME


@pytest.mark.parametrize(
    ("events", "outcome", "reason"),
    [
        ((Failed("busy", NOW), Finished(NOW)), "failed", "busy"),
        ((Finished(NOW),), "abandoned", ""),
        (
            (Failed("busy", NOW), Pressed("110-b", "110", NOW), Transferred(NOW), Finished(NOW)),
            "transferred",
            "",
        ),
        ((Transferred(NOW), Failed("late", NOW), Finished(NOW)), "transferred", ""),
    ],
)
def test_outcomes(events: tuple[Event, ...], outcome: str, reason: str) -> None:
    done = run(ticket(), *events)
    assert (done.state, done.outcome, done.reason) == ("final", outcome, reason)


def test_interims_are_shown_and_not_pushed() -> None:
    before = ticket()
    after, actions = step(before, Heard((utterance("有", final=False),), None))
    assert (after.version, actions) == (1, ("show",))
    assert after.transcript.interims


def test_nothing_new_does_nothing() -> None:
    before = ticket(utterance("有人打架"))
    assert step(before, Heard((utterance("有人打架"),), CRIME)) == (before, ())


def test_what_an_agent_typed_is_not_overwritten() -> None:
    done = run(
        ticket(), Amended("where", "  新华路 一号 "), Heard((utterance("在柳园路八号"),), None), Finished(NOW)
    )
    assert done.elements.where == Element("新华路 一号", "agent", "新华路1号", confidence=1.0)


LIFE = Suggestion("a3-life", "其他", "12345", 3, False, 0, (), by_hand=True)


@pytest.mark.parametrize("before", [(), (Transferred(NOW),), (Failed("busy", NOW),), (Finished(NOW),)])
def test_a_category_the_agent_chose_stays(before: tuple[Event, ...]) -> None:
    subject = run(ticket(), Heard((utterance("打架"),), CRIME), *before)
    after, actions = step(subject, Classified(LIFE))
    assert (after.suggestion, after.version, actions) == (LIFE, subject.version + 1, ("publish", "show"))
    assert step(after, Classified(LIFE)) == (after, ())
    later, _ = step(after, Heard((utterance("打架了", 6),), CRIME))
    assert later.suggestion == LIFE
    assert encode(later)["category"]["source"] == "agent"
    assert decode(json.loads(json.dumps(encode(later)))).suggestion == LIFE


PLACES = Gazetteer([Place("柳园路", "road", "东昌府区")])
MISHEARD = ticket(utterance("在六全路八号打架"))


@pytest.mark.parametrize("before", [(), (Transferred(NOW),), (Failed("busy", NOW),), (Finished(NOW),)])
def test_a_place_that_a_second_hearing_found(before: tuple[Event, ...]) -> None:
    subject = run(MISHEARD, *before)
    after, actions = step(subject, Understood((("六全路", "柳园路"),)), PLACES)
    assert (after.version, actions) == (subject.version + 1, ("publish", "show"))
    where = after.elements.where
    assert (where.value, where.said, where.resolved) == ("柳园路八号", "六全路八号", "东昌府区柳园路8号")
    assert after.transcript == subject.transcript, "what was heard stays"
    later, _ = step(after, Heard((utterance("快来", 6),), None), PLACES)
    assert later.elements.where == where, "words that come after do not undo it"
    assert decode(json.loads(json.dumps(encode(after)))).meant == (("六全路", "柳园路"),)


def test_a_place_that_is_found_changes_nothing_an_agent_typed() -> None:
    typed = run(MISHEARD, Amended("where", "新华路"))
    after, actions = step(typed, Understood((("六全路", "柳园路"),)), PLACES)
    assert (after.elements, after.version, actions) == (typed.elements, typed.version, ("show",))
    assert step(after, Understood(after.meant), PLACES) == (after, ())


def test_the_recordings_transcript_comes_after_the_end() -> None:
    live = run(ticket(), RecogniserPending(), RecogniserPending(), Transferred(NOW))
    assert (live.transcript_state, live.version) == ("pending", 3)
    done = run(live, Finished(NOW, "pending"))
    assert (done.transcript_state, done.version) == ("pending", 4)
    late = run(done, Retranscribed(transcript_of([utterance("有人打架")]), CRIME))
    assert (late.transcript_state, late.kind, late.version) == ("final", "final", 5)
    assert late.transcript.finals[0].text == "有人打架"
    never = run(done, Retranscribed(done.transcript, None, "incomplete", "recogniser-gone"))
    assert (never.transcript_state, never.transcript_reason) == ("incomplete", "recogniser-gone")


def test_a_recogniser_that_is_back_and_missed_nothing_leaves_no_trace() -> None:
    back = run(ticket(), RecogniserPending(), RecogniserBack(), RecogniserBack())
    assert (back.transcript_state, back.version) == ("live", 3)
    assert run(back, Finished(NOW)).transcript_state == "final"
    assert run(back, Finished(NOW), RecogniserPending(), RecogniserBack()).transcript_state == "final"


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        lambda text, at, final: Heard((utterance(text, at, final=final),), CRIME),
        st.sampled_from(["", "有人", "打架"]), st.integers(0, 9), st.booleans(),
    ),
    st.just(Pressed("110-b", "110", NOW)),
    st.just(Transferred(NOW)),
    st.builds(Failed, st.sampled_from(["busy", "silent"]), st.just(NOW)),
    st.just(RecogniserPending()),
    st.just(RecogniserBack()),
    st.builds(Amended, st.sampled_from(["who", "where"]), st.sampled_from(["张三", "李四"])),
    st.builds(Classified, st.sampled_from([CRIME, LIFE])),
    st.builds(Understood, st.sampled_from([(), (("有人", "柳园路"),)])),
    st.builds(
        lambda text: Retranscribed(transcript_of([utterance(text)]), None), st.sampled_from(["有人", "快来"])
    ),
    st.builds(Finished, st.just(NOW), st.sampled_from(["final", "pending", "incomplete"])),
)  # fmt: skip


@given(st.lists(EVENTS, max_size=20))
def test_any_order_of_events_keeps_the_promises(events: list[Event]) -> None:
    subject = ticket()
    for event in events:
        after, actions = step(subject, event)
        assert after.version - subject.version == ("publish" in actions)
        assert actions or after == subject
        assert (after.state == "final") >= (subject.state == "final")
        assert after.outcome != "open" or after.state == "ringing"
        assert after.kind == "final" or after.state != "final"
        assert (after.finished_at is not None) == (after.state == "final")
        subject = after


@given(st.lists(EVENTS, max_size=20))
def test_the_wire_json_reads_back_as_the_same_ticket(events: list[Event]) -> None:
    words = (SpokenWord("我叫", 0.12, 0.5, 0.93), SpokenWord("王建国", 0.5, 1.0, 1.0))
    named = replace(utterance("我叫王建国刚才在柳园路八号有人打架"), id="leg-1-1", words=words)
    subject = run(ticket(named), *events)
    body = json.loads(webhook_body(subject, NOW))
    assert body["type"] in {"ticket.opened", "ticket.updated", "ticket.final"}
    assert decode(body["data"]) == subject


def test_a_ticket_stored_before_confidence_was_told_still_reads() -> None:
    body = encode(ticket(utterance("我叫王建国刚才在柳园路八号有人打架")))
    for element in body["elements"].values():
        del element["confidence"], element["utterances"]
    read = decode(body)
    assert read.elements.who.value == "王建国"
    assert {getattr(read.elements, name).confidence for name in LABELS} == {0.0}


def test_decode_refuses_another_schema() -> None:
    with pytest.raises(ValueError, match=r"bridge\.ticket\.v1"):
        decode({**encode(ticket()), "schema": "other"})


def test_the_table_covers_every_event_and_no_state_is_a_dead_end() -> None:
    assert {event for _, event in TABLE} == set(get_args(Event))
    assert {state for state, event in TABLE if event is Finished} == {"ringing", "transferred", "failed"}


def test_an_interim_in_the_finished_ticket_changes_no_version() -> None:
    done = run(ticket(), Finished(NOW))
    after, actions = step(done, Heard((utterance("喂", final=False),), None))
    assert (after.version, actions) == (done.version, ("show",))
    assert replace(after, transcript=Transcript()) == replace(done, transcript=Transcript())


KNIFE = Alert("d-weapon", "拿着刀", "拿着刀", "u1", 3.5)


def test_a_danger_misheard_leaves_the_ticket_and_one_still_being_said_at_the_end_stands() -> None:
    raised = replace(ticket(utterance("他拿着刀", final=False)), alerts=(KNIFE,))
    misheard = run(raised, Heard((utterance("他拿着道具"),), None))
    assert misheard.alerts == ()
    confirmed = replace(KNIFE, state="confirmed")
    assert run(raised, Heard((utterance("他拿着刀"),), None, (confirmed,))).alerts == (confirmed,)
    assert run(raised, Finished(NOW)).alerts == (confirmed,)


def test_alerts_are_in_the_ticket_and_tickets_from_before_there_were_any_are_read() -> None:
    told = json.loads(json.dumps(encode(replace(ticket(), alerts=(KNIFE,)))))
    assert told["alerts"] == [
        {"danger": "d-weapon", "said": "拿着刀", "utterance": "u1", "at": 3.5, "state": "raised"}
    ]
    assert decode(told).alerts == (KNIFE,)
    del told["alerts"]
    assert decode(told).alerts == ()
