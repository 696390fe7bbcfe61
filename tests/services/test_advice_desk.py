"""The advice desk: an alert in the same turn as the interim result that has the word; ranked categories and
direction after each final; the agent's words count for nothing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.adapters.scope_files import load
from bridge.services.advice_desk import AdviceDesk
from bridge.tickets.transcript import Transcript, Utterance

SCOPE = load(Path(__file__).parents[2] / "config" / "scope")


class Office:
    """A desk whose call, feed and meter are played by hand."""

    def __init__(self, heard: bool = True, attendant: str | None = "12345") -> None:
        self.told: list[dict[str, Any]] = []
        self.counted: list[tuple[str, str]] = []
        self.heard = heard
        self.record: Any = SimpleNamespace(call=self.call(attendant), transcript=Transcript(), alerts=())
        self.desk = AdviceDesk(
            scope=SCOPE, records=self, feed=self, meter=self,  # type: ignore[arg-type]
            family=lambda name: name.split("-")[0],
        )  # fmt: skip

    @staticmethod
    def call(attendant: str | None) -> Any:
        party = SimpleNamespace(speaker=attendant) if attendant else None
        return SimpleNamespace(id="c1", platform="12345", attendant=party)

    def get(self, call_id: str) -> Any:
        return self.record if call_id == "c1" else None

    def publish(self, event: dict[str, Any]) -> None:
        self.told.append(event)

    def alert(self, danger: str, state: str) -> None:
        self.counted.append((danger, state))

    def says(self, text: str, *, id: str = "u1", final: bool = False, speaker: str = "caller") -> None:
        said = Utterance(speaker, "leg", 1.0, 2.0, text, final, id)
        self.record.transcript = self.record.transcript.hear(said)
        self.desk.heard("c1", said)

    def alerts(self) -> list[tuple[str, str]]:
        return [(e["alert"]["said"], e["alert"]["state"]) for e in self.told if e["type"] == "alert"]


def test_an_interim_word_of_danger_is_told_in_the_same_turn() -> None:
    office = Office()
    office.says("我家对面那个厂")
    assert office.told == []
    office.says("我家对面那个厂爆炸")
    (event,) = office.told
    assert (event["type"], event["call"]) == ("alert", "c1")
    alert = event["alert"]
    assert (alert["danger"], alert["said"], alert["state"]) == ("d-explosion", "爆炸", "raised")
    assert (alert["utterance"], alert["at"]) == ("u1", 2.0)
    assert alert["name"]
    assert alert["advice"]
    office.says("我家对面那个厂爆炸了")
    assert office.alerts() == [("爆炸", "raised")], "once per word"
    office.says("我家对面那个厂爆炸了", final=True)
    assert office.alerts() == [("爆炸", "raised"), ("爆炸", "confirmed")]
    assert office.counted == [("d-explosion", "raised"), ("d-explosion", "confirmed")]


def test_a_final_that_says_otherwise_takes_it_back() -> None:
    office = Office()
    office.says("她烫了个爆炸")
    office.says("她烫了个爆炸头", final=True)
    assert office.alerts() == [("爆炸", "raised"), ("爆炸", "withdrawn")]
    assert [alert["state"] for alert in office.desk.view(office.record)["alerts"]] == ["withdrawn"]


def test_alerts_are_raised_and_counted_though_no_page_is_open() -> None:
    office = Office(heard=False)
    office.says("他要跳楼")
    assert office.counted == [("d-suicide", "raised")]
    office.says("他要跳楼", final=True)
    assert [event["type"] for event in office.told] == ["alert", "alert"], "suggestions are for pages"


def test_ranked_categories_and_direction_follow_each_final() -> None:
    office = Office()
    office.says("楼下施工扰民", id="u1", final=True)
    office.says("我去说他们就打人", id="u2", final=True)
    first, second = (event for event in office.told if event["type"] == "suggestions")
    assert (first["ranked"][0]["id"], first["direction"]["go"]) == ("a3-admin", "stay")
    assert (second["ranked"][0]["id"], second["direction"]["go"]) == ("a2-crime", "to:110")
    assert second["ranked"][0]["utterances"] == ["u2"]
    assert "a3-admin" in {item["id"] for item in second["ranked"]}


def test_the_agents_words_say_nothing_about_the_case() -> None:
    office = Office()
    office.says("是有人拿刀打架吗", final=True, speaker="12345")
    assert office.told == []
    assert office.desk.view(office.record)["ranked"] == []


def test_the_log_has_the_kind_and_not_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    office = Office()
    office.says("我妈妈王秀英要喝农药", final=True)
    printed = capsys.readouterr()
    assert "d-suicide" in printed.out + printed.err
    assert "农药" not in printed.out + printed.err


def test_another_platform_attends_and_the_direction_is_told_anew() -> None:
    office = Office()
    office.says("有人打架", final=True)
    before, office.record.call = office.record.call, office.call("110-dcf")
    office.desk.changed(before, office.record.call)
    assert [event["direction"]["go"] for event in office.told] == ["to:110", "stay"]
    office.desk.changed(office.record.call, office.record.call)
    assert len(office.told) == 2


def test_a_call_nobody_knows_is_no_matter() -> None:
    office = Office()
    office.desk.heard("other", Utterance("caller", "leg", 0, 1, "爆炸", True, "u"))
    assert office.told == []
