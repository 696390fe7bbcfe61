"""What we ship to administrators is right: bridge.yaml passes its check, the PBX snippets agree with it."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bridge.adapters.config_calendar import with_holidays
from bridge.adapters.config_file import check, inspect
from bridge.routing.plan import Origin, plan
from bridge.settings import Settings
from bridge.settings.tables import calendar, feature_codes, routes

CONFIG = Path(__file__).parent.parent / "config"
BRIDGE, PBX = "10.1.0.20", "10.1.0.5"
"""The addresses in the snippets' examples."""

ENV = {
    "TICKETS_110_SECRET": "whsec_" + "QUJD" * 10,
    "POLICE_SECRET": "police-secret",
    "AGENT_8002_SECRET": "agent-secret",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Every secret set, and a folder that passes for a model (the real one has its own tests)."""
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").touch()
    return ENV | {"BRIDGE__ASR__MODEL": str(tmp_path)}


@pytest.fixture
def shipped(environ: dict[str, str]) -> Settings:
    return check(CONFIG / "bridge.yaml", environ)


def test_the_shipped_file_passes(environ: dict[str, str]) -> None:
    report = inspect(CONFIG / "bridge.yaml", environ)
    assert report.problems == ()
    assert [line.split(": ", 1)[1] for line in report.warnings] == [
        "没有配置 tokens，接口和页面谁也用不了；添加一条 token"
    ]


def test_the_year_2026_is_the_state_councils(shipped: Settings) -> None:
    """Counted from the notice of 4 November 2025: 33 days off, 6 weekend days worked."""
    days = calendar(shipped)
    assert len(days.holidays) == 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert len(days.workdays) == 6
    assert all(day.isoweekday() > 5 and day not in days.holidays for day in days.workdays)
    year = [date(2026, 1, 1) + timedelta(days=turn) for turn in range(365)]
    assert sum(map(days.works, year)) == 248, "as the year has workdays by law"


EXAMPLE = re.compile(r"^( +)#  (?=\S| )", re.MULTILINE)
"""What an administrator deletes to switch an example on; explanations have one blank after their #."""


@pytest.fixture
def with_examples(tmp_path: Path, environ: dict[str, str]) -> Settings:
    """The file with every example below `platforms:` switched on."""
    head, name, rest = (CONFIG / "bridge.yaml").read_text().partition("\nplatforms:")
    path = tmp_path / "bridge.yaml"
    path.write_text(head + name + EXAMPLE.sub(r"\1", rest))
    return check(path, environ)


def test_the_examples_pass_too(with_examples: Settings) -> None:
    assert {"119", "120", "122", "110-dcf", "gas"} <= set(with_examples.platforms)
    assert "county-dcf" in with_examples.trunks
    assert [str(place.address) for place in with_examples.trunks["police-two"].places] == [
        "10.2.1.10:5060",
        "10.2.1.11:5060",
    ]


@pytest.mark.parametrize(
    ("number", "origin", "platform", "where"),
    [
        ("12345", Origin("trunk", "county-dcf"), "110", [("110", "police")]),
        ("110371502", Origin("trunk", "police"), "110-dcf", [("110", "county-dcf")]),
        ("110371502", Origin("agent", "8001"), "110", [("110371502", "police")]),
        ("119", Origin("agent", "8001"), "119", [("119", "carrier")]),
        ("120", Origin("trunk", "police"), "120", [("120", "carrier")]),
        ("95598", Origin("trunk", "pbx"), "95598", [("95598", "carrier")]),
        ("9004", Origin("trunk", "pbx"), "gas", [("06351000004", "carrier")]),
    ],
)
def test_the_examples_lead_where_they_say(
    with_examples: Settings, number: str, origin: Origin, platform: str, where: list[tuple[str, str]]
) -> None:
    found = plan(routes(with_examples), number, origin, datetime(2026, 1, 1, tzinfo=UTC))
    assert (found.platform, [(each.number, each.trunk) for each in found.targets]) == (platform, where)


def test_the_examples_know_day_from_night(with_examples: Settings) -> None:
    """10:00 on Monday 2026-03-02 in Liaocheng is 02:00 UTC."""
    table, agent = routes(with_examples), Origin("agent", "8001")
    day, night = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (2, 14))
    assert [plan(table, "9005", agent, when).route for when in (day, night)] == ["转供热", "转供热值班"]


def test_each_missing_secret_is_told(environ: dict[str, str]) -> None:
    found = inspect(CONFIG / "bridge.yaml", {"BRIDGE__ASR__MODEL": environ["BRIDGE__ASR__MODEL"]}).problems
    assert len(found) == len(ENV)
    assert all(any(name in line for line in found) for name in ENV)


def test_every_key_is_in_the_shipped_file_or_its_comments() -> None:
    text = (CONFIG / "bridge.yaml").read_text()
    sections = {name: field.annotation for name, field in Settings.model_fields.items()}
    for name, section in sections.items():
        assert re.search(rf"^{name}:", text, re.MULTILINE)
        for key in getattr(section, "model_fields", {}):
            assert re.search(rf"^ *{key}:", text, re.MULTILINE), f"{name}.{key}"
    from bridge.settings import (  # noqa: PLC0415
        Agent,
        DeadlineHook,
        DeadlineRuleSetting,
        EscalationLevel,
        HarassmentRule,
        HoursRule,
        Platform,
        RouteRule,
        TargetRule,
        Tickets,
        Token,
        Trunk,
        TrunkAddress,
    )

    for model in (
        Agent,
        DeadlineHook,
        DeadlineRuleSetting,
        EscalationLevel,
        HarassmentRule,
        HoursRule,
        Platform,
        RouteRule,
        TargetRule,
        Tickets,
        Token,
        Trunk,
        TrunkAddress,
    ):
        for key, field in model.model_fields.items():
            assert re.search(rf"\b{field.alias or key}\b", text), f"{model.__name__}.{key}"


def test_every_key_of_our_own_sections_shows_its_default(shipped: Settings) -> None:
    """What stands in the file is what happens without it, so that leaving a line out is safe."""
    bare = with_holidays(Settings(), CONFIG, pytest.fail)
    for name in ("sip", "media", "api", "log", "calendar", "harassment", "deadlines"):
        mine, default = getattr(shipped, name).model_dump(), getattr(bare, name).model_dump()
        mine.pop("agent_networks", None)
        default.pop("agent_networks", None)
        assert mine == default


def test_the_hotlines_key_leads_to_110(shipped: Settings) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    table = routes(shipped)
    assert feature_codes(shipped) == {"*110#": "110"}
    for origin in (Origin("agent", "8001"), Origin("trunk", "pbx")):
        found = plan(table, "110", origin, now)
        assert [(item.number, item.trunk) for item in found.targets] == [("110", "police")]
        assert found.key
    for origin in (Origin("trunk", "carrier"), Origin("trunk", "police")):
        assert plan(table, "12345", origin, now).targets[0].number == "8001"


# --- Asterisk

Sections = list[tuple[str, list[tuple[str, str]]]]


def asterisk() -> dict[str, Sections]:
    """File -> its sections in order, each with its (key, value) lines; any other line fails."""
    files: dict[str, Sections] = {}
    current: Sections = []
    for line in (CONFIG / "pbx" / "asterisk.conf").read_text().splitlines():
        title = re.fullmatch(r"; =+ (\w+\.conf)", line)
        if title:
            current = files.setdefault(title[1], [])
        elif found := re.fullmatch(r"\[([a-z0-9-]+)\]", line):
            current.append((found[1], []))
        elif found := re.fullmatch(r"\s*([a-z_]+)\s*=>?\s*(\S.*)", line):
            current[-1][1].append((found[1], found[2]))
        else:
            assert not line.strip() or line.lstrip().startswith(";"), line
    return files


def test_asterisk_objects_name_objects_that_exist(shipped: Settings) -> None:
    sections = [(name, dict(lines)) for name, lines in asterisk()["pjsip.conf"]]
    kinds = {(name, lines["type"]) for name, lines in sections}
    assert {kind for _, kind in kinds} == {"transport", "endpoint", "aor", "identify"}
    by_kind = {lines["type"]: lines for _, lines in sections}
    endpoint, identify = by_kind["endpoint"], by_kind["identify"]
    assert (endpoint["transport"], "transport") in kinds
    assert (endpoint["aors"], "aor") in kinds
    assert (identify["endpoint"], "endpoint") in kinds
    assert endpoint["context"] in dict(asterisk()["extensions.conf"])
    assert identify["match"] == BRIDGE
    assert by_kind["aor"]["contact"] == f"sip:{BRIDGE}:{shipped.sip.listen.port}"
    assert by_kind["transport"]["bind"].endswith(f":{shipped.trunks['pbx'].target.port}")  # type: ignore[union-attr]
    assert endpoint["dtmf_mode"] == "rfc4733"
    assert endpoint["direct_media"] == "no"
    assert set(endpoint["allow"].split(",")) <= {"alaw", "ulaw"}


def test_asterisk_dialplan_is_whole() -> None:
    contexts = dict(asterisk()["extensions.conf"])
    for name, lines in contexts.items():
        assert lines[0][0] == "exten", name
        for key, value in lines:
            assert key in {"exten", "same"}
            parts = value.split(",", 2 if key == "exten" else 1)
            assert parts[-1].count("(") == parts[-1].count(")")
            assert parts[-1].count("{") == parts[-1].count("}")
            assert parts[-2] == "1" if key == "exten" else re.fullmatch(r"n(\(\w+\))?", parts[-2])
        text = "\n".join(value for _, value in lines)
        labels = set(re.findall(r"^n\((\w+)\)", text, re.MULTILINE))
        assert set(re.findall(r"\?(\w+)\)", text)) <= labels, name
    everything = "\n".join(value for lines in contexts.values() for _, value in lines)
    for context in re.findall(r"Goto\(([a-z-]+),|b\(([a-z-]+)\^|__TRANSFER_CONTEXT=([a-z-]+)", everything):
        assert "".join(context) in contexts


def test_asterisk_dials_what_the_bridge_routes(shipped: Settings) -> None:
    contexts = dict(asterisk()["extensions.conf"])
    keys = {rule.number for rule in shipped.routes if rule.key}
    for context in ("from-agents", "beside"):
        dialled = {value.split(",")[0] for key, value in contexts[context] if key == "exten"}
        assert dialled == keys
    text = (CONFIG / "pbx" / "asterisk.conf").read_text()
    assert f"PJSIP/sip:${{EXTEN}}@{BRIDGE}:{shipped.sip.listen.port}" in text
    assert f"@{PBX}>" in text


def test_asterisks_own_codes_leave_ours_alone(shipped: Settings) -> None:
    """Asterisk holds back keys that begin one of its codes: none may begin like, or with the end of, ours."""
    features = dict(asterisk()["features.conf"])
    for ours in feature_codes(shipped):
        for _, theirs in features["featuremap"]:
            assert not ours.startswith(theirs)
            assert not theirs.startswith(ours)
            assert not theirs.startswith(ours[-1])


# --- FreeSWITCH, Kamailio


def test_freeswitch_is_xml_that_agrees_with_the_bridge(shipped: Settings) -> None:
    root = ET.parse(CONFIG / "pbx" / "freeswitch.xml").getroot()
    gateway = root.find("gateway")
    assert gateway is not None
    params = {item.get("name"): item.get("value") for item in gateway.iter("param")}
    assert params["proxy"] == f"{BRIDGE}:{shipped.sip.listen.port}"
    assert params["register"] == "false"
    assert [node.get("cidr") for node in root.iter("node")] == [f"{BRIDGE}/32"]
    actions = [(item.get("application"), item.get("data") or "") for item in root.iter("action")]
    used = {data.split("/")[2] for name, data in actions if data.startswith("sofia/gateway/")}
    assert used == {gateway.get("name")}
    assert ("deflect", f"sip:110@{BRIDGE}:{shipped.sip.listen.port}") in actions
    for condition in root.iter("condition"):
        re.compile(condition.get("expression") or "")
        assert condition.get("field")


def test_the_snippets_know_the_trunk_as_the_bridge_does(shipped: Settings) -> None:
    trunk = shipped.trunks["pbx"]
    assert str(trunk.target) == f"{PBX}:5060"
    assert [str(host) for host in trunk.hosts] == [f"{PBX}/32"]
    text = (CONFIG / "pbx" / "kamailio.cfg").read_text()
    for network in (*trunk.hosts, *shipped.trunks["carrier"].hosts):
        assert f'"{network}"' in text
    assert f"sip:{BRIDGE}:{shipped.sip.listen.port}" in text
    assert text.count("{") == text.count("}")


def test_kamailio_accepts_its_configuration(need: Callable[..., str]) -> None:
    program = need("kamailio", debian="kamailio")
    done = subprocess.run(
        [program, "-c", "-f", str(CONFIG / "pbx" / "kamailio.cfg")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
