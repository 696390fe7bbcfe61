"""The ring of troubles: newest first, bounded, and nothing of it that names a person or a call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.services.troubles import EACH, KINDS, LONGEST, Troubles


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def wall(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic(self) -> float:
        return 0.0


def test_the_kind_heard_of_last_comes_first_with_its_last_ones_and_its_total() -> None:
    troubles = Troubles(Clock())
    troubles.line("error", "trunk.down", {"trunk": "police", "event": "trunk.down"})
    troubles.counted("sip_refused:bad-credentials", 7)
    for _ in range(EACH + 5):
        troubles.line("warning", "dns.failed", {"trunk": "carrier"})
    first, second, third = troubles.view()
    assert (first["kind"], first["total"], len(first["last"])) == ("dns.failed", EACH + 5, EACH)
    assert first["last"][0]["at"] == first["last_at"] > first["last"][1]["at"]
    assert (second["title"], second["total"]) == ("话机的用户名或密码不对", 7)
    assert (third["level"], third["last"][0]["fields"]) == ("error", {"trunk": "police"})
    assert third["do"]


def test_fields_that_could_name_somebody_are_not_kept() -> None:
    troubles = Troubles(Clock())
    troubles.line("warning", "leg.dead", {"call": "c1", "leg": "l1", "caller": "139", "why": "x" * 900})
    kept = troubles.view()[0]["last"][0]["fields"]
    assert kept == {"why": "x" * LONGEST}


def test_there_are_so_many_kinds_and_no_more() -> None:
    troubles = Troubles(Clock())
    for number in range(KINDS + 50):
        troubles.line("warning", f"kind {number}", {})
    found = [each["kind"] for each in troubles.view()]
    assert len(found) == KINDS
    assert found[0] == f"kind {KINDS + 49}"
