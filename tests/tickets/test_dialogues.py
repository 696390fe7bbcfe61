"""How right the five elements are over labelled dialogues; tests/data/slots/README.md says who wrote them."""

from __future__ import annotations

import pytest

from bridge.tickets.elements import LABELS
from bridge.tickets.gazetteer import NOWHERE, Gazetteer
from tests.tickets.dialogues import Dialogue, accuracy, dialogues

FILES = ("worked.txt", "held_out.txt", "held_out_2.txt")
PROMISED = 0.95


@pytest.mark.parametrize("file", FILES)
def test_every_element_is_right_as_often_as_promised(file: str, gazetteer: Gazetteer) -> None:
    some = list(dialogues(file))
    found = accuracy(some, gazetteer)
    wrong = {each.name: bad for each in some if (bad := each.wrong(each.elements(gazetteer)))}
    assert min(found.values()) >= PROMISED, (found, wrong)


def test_there_are_enough_of_them_and_none_twice() -> None:
    every = [each for file in FILES for each in dialogues(file)]
    assert len(every) >= 120
    assert len({tuple(each.said) for each in every}) == len({each.name for each in every}) == len(every)


def test_an_agents_questions_are_there_as_in_talk() -> None:
    every = [each for file in FILES for each in dialogues(file)]
    assert sum(any(who == "A" for who, _ in each.said) for each in every) >= 60


@pytest.mark.parametrize("element", ["who", "contact", "when", "what"])
def test_without_a_gazetteer_only_places_are_less_right(element: str, gazetteer: Gazetteer) -> None:
    every = [each for file in FILES for each in dialogues(file)]
    assert accuracy(every, NOWHERE)[element] >= accuracy(every, gazetteer)[element] - 0.01


def test_each_element_names_utterances_of_the_dialogue_and_how_sure_it_is(gazetteer: Gazetteer) -> None:
    for each in dialogues("worked.txt"):
        ids = {utterance.id for utterance in each.transcript().utterances}
        for name in LABELS:
            element = getattr(each.elements(gazetteer), name)
            assert set(element.utterances) <= ids
            assert 0 <= element.confidence <= 1
            assert bool(element.utterances) == (element.source == "transcript"), (each.name, name)


def test_a_wrong_answer_is_seen(gazetteer: Gazetteer) -> None:
    """The measure itself can fail."""
    dialogue = Dialogue("x", said=[("C", "我叫王建国")], labels={"who": "王建军", "what": "打架"})
    assert set(dialogue.wrong(dialogue.elements(gazetteer))) == {"who", "what"}
