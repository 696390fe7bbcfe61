"""Answer rate and abandon rate: each caller once, minutes that age out, no rate over 100 %."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.queues.figures import KEPT, Figures, Minute, Outcome, note, total

OUTCOMES: tuple[Outcome, ...] = ("answered", "abandoned", "overflowed")


def test_nobody_called() -> None:
    found = total(Figures(), 0.0)
    assert (found.offered, found.answer_rate, found.abandon_rate) == (0, None, None)


def test_rates_of_the_last_hour_only() -> None:
    figures = Figures()
    for outcome, at, waited in (
        ("abandoned", 0.0, 50.0),
        ("answered", 3600.0, 4.0),
        ("answered", 3610.0, 6.0),
        ("abandoned", 3700.0, 20.0),
        ("overflowed", 3700.0, 0.0),
    ):
        figures = note(figures, outcome, at, waited)  # type: ignore[arg-type]
    hour = total(figures, 3600.0)
    assert (hour.offered, hour.answer_rate, hour.abandon_rate) == (4, 0.5, 0.25)
    assert (hour.waited, hour.longest) == (10.0, 20.0)
    assert total(figures, 0.0).abandoned == 2


def test_yesterday_is_forgotten() -> None:
    figures = note(note(Figures(), "answered", 0.0, 1.0), "answered", KEPT * 60.0, 1.0)
    assert figures.minutes == (Minute(KEPT, answered=1, waited=1.0, longest=1.0),)


@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.floats(0, 200_000), st.floats(0, 600)), max_size=60))
def test_everybody_is_counted_once(seen: list[tuple[Outcome, float, float]]) -> None:
    figures = Figures()
    for outcome, at, waited in sorted(seen, key=lambda item: item[1]):
        figures = note(figures, outcome, at, waited)
    last = max((at for _, at, _ in seen), default=0.0)
    day = total(figures, last - (KEPT - 1) * 60)
    assert day.offered == sum(int(at // 60) > int(last // 60) - KEPT for _, at, _ in seen)
    assert [minute.at for minute in figures.minutes] == sorted({minute.at for minute in figures.minutes})
    for rate in (day.answer_rate, day.abandon_rate):
        assert rate is None or 0 <= rate <= 1


def test_a_clock_that_was_set_back_loses_nobody() -> None:
    figures = note(note(Figures(), "answered", 600.0, 1.0), "abandoned", 540.0, 1.0)
    assert total(figures, 540.0).offered == 2
