"""The scripts: everything said is a recording, and who must hear it is what the mode promises."""

from __future__ import annotations

from itertools import product

import pytest

from bridge.calls.transfer import Mode as Table
from bridge.demo.cast import HANDED, OPENING, SCENES, STAYED, TOGETHER, WAITING, Far, lines
from bridge.routing.plan import Mode

MODES: tuple[Mode, ...] = ("direct", "conference", "consult")
FARS: tuple[Far, ...] = ("answers", "busy", "silent", "dead")


def test_every_mode_has_its_script() -> None:
    assert set(MODES) == set(TOGETHER) == set(HANDED) == {mode.value for mode in Table}


@pytest.mark.parametrize(("mode", "far"), list(product(MODES, FARS)))
def test_everything_said_is_recorded_with_its_text(mode: Mode, far: Far) -> None:
    for scene, line in product(SCENES.values(), lines(far, mode)):
        assert scene.wav(line).is_file()
        assert scene.words(line)


@pytest.mark.parametrize("mode", MODES)
def test_nobody_is_to_hear_themselves_and_nobody_both_ways(mode: Mode) -> None:
    for line in (*OPENING, *WAITING, *STAYED, *TOGETHER[mode], *HANDED[mode]):
        parts = [line.part, *line.to, *line.aside]
        assert len(parts) == len(set(parts))


def test_in_a_conference_each_of_the_three_speaks_to_both_others() -> None:
    spoken = {line.part: {*line.to} for line in TOGETHER["conference"]}
    everybody = {"caller", "agent", "desk"}
    assert spoken == {part: everybody - {part} for part in everybody}


def test_in_a_consult_the_caller_is_aside_until_the_agent_has_left() -> None:
    assert all(line.aside == ("caller",) for line in TOGETHER["consult"])
    assert {line.part for line in TOGETHER["consult"]} == {"agent", "desk"}
    assert {line.part for line in HANDED["consult"]} == {"caller", "desk"}
