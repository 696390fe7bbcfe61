"""Who recognised a leg, as evidence says it: what a server tells of itself, and honestly nothing of one that
tells nothing."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from bridge.adapters.asr_client import AsrClient
from bridge.adapters.asr_farm import Figures, Server
from bridge.app.hearing import Hearing
from bridge.app.wiring import Control
from bridge.clock import SystemClock
from bridge.settings import Settings
from bridge.settings.house import Asr

URL = "ws://user:secret@10.1.1.30:2700/asr"


class Ears:
    """One leg, heard by one server."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def server_of(self, leg: str) -> Server | None:
        return self.server if leg == "in" else None


def hearing(figures: Figures | None) -> Hearing:
    made = Hearing(Settings(), (URL,), SystemClock())
    made.ears = cast(AsrClient, Ears(Server(URL, figures=figures)))
    return made


def test_a_server_that_says_what_it_is() -> None:
    told = Figures(model="small-cn", model_sha256="ab" * 32, software="vosk 0.3.45", version="0.1.0")
    assert hearing(told).served_by("in") == {
        "model": "small-cn",
        "model_sha256": "ab" * 32,
        "software": "vosk 0.3.45",
        "version": "0.1.0",
        "server": "10.1.1.30:2700",
    }


def test_a_stock_server_is_unknown_by_its_address_and_no_secret_goes_with_it() -> None:
    for told in (None, Figures()):
        found = hearing(told).served_by("in")
        assert found == {"model": "unknown (10.1.1.30:2700)", "server": "10.1.1.30:2700"}
    assert hearing(None).served_by("out") == {}


@pytest.mark.parametrize(
    ("asr", "urls", "there"),
    [(Asr(), (URL,), True), (Asr(hints=False), (URL,), False), (Asr(enabled=False), (), False)],
)
def test_places_are_heard_once_more_where_that_is_wanted_and_somebody_hears(
    asr: Asr, urls: tuple[str, ...], there: bool, tmp_path: Path
) -> None:
    control = Control(Settings(asr=asr), tmp_path / "media", tmp_path / "taps", urls)
    assert (control._calls.names is not None) == there
    assert control._pages._status()["names"] == ("unknown" if there else "off")


def test_the_status_says_which_servers_take_names() -> None:
    told = hearing(None)
    told.farm.servers[0].figures = Figures(phrases=True)
    assert (told.names_graph, told.status()[0]["phrases"]) == ("dynamic", True)
    told.farm.servers[0].figures = Figures()
    assert (told.names_graph, told.status()[0]["phrases"]) == ("static", False)
    told.farm.servers[0].figures = None
    assert (told.names_graph, told.status()[0]["phrases"]) == ("unknown", None)
