"""What README and docs/ say is so: every command, path, option, figure and diagram in them is the house's."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args
from unittest.mock import MagicMock

import pytest
import typer
from prometheus_client import generate_latest

from asr import folder
from asr.__main__ import app as asr_app
from bridge.__main__ import app as bridge_app
from bridge.adapters import metrics
from bridge.adapters.push_answer import LONGEST_RETRY_AFTER_S
from bridge.adapters.push_lane import FIRST_RETRY_S, LONGEST_RETRY_S, PARALLEL
from bridge.adapters.push_post import ANSWER_S, CONNECT_S
from bridge.adapters.scope_files import load
from bridge.adapters.sip_udp import RECEIVE_BUFFER
from bridge.api.app import create_api
from bridge.api.exchange_shapes import DeedIn, RequestIn, Wanted
from bridge.api.parts import ApiParts
from bridge.api.stand_in import LARGEST_BODY
from bridge.calls.ringing import RECALL_ROUNDS
from bridge.calls.transfer import Mode, diagram
from bridge.handling.letters import TYPES, deed_letter, deed_of
from bridge.handling.papers import first_handling
from bridge.handling.table import diagram as handling_diagram
from bridge.handling.table import step as handled
from bridge.handling.words import DEED_NAMES, STATE_NAMES, Deed
from bridge.routing.feature_codes import INTER_DIGIT_SECONDS
from bridge.services.records import KEPT
from bridge.settings import Settings
from bridge.settings.house import Api
from bridge.tickets.advice import advise
from bridge.tickets.exchange import opened
from bridge.tickets.ticket import CallFacts, encode, webhook_body
from bridge.tickets.transcript import Utterance, transcript_of
from tests.test_floors import FLOORS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TICKETS = (ROOT / "docs" / "tickets.md").read_text()
PAPERS = {name: (ROOT / name).read_text() for name in ("README.md", "CHANGELOG.md", "docs/tickets.md")}
MADE_BY_THE_READER = {"config/models", "config/secrets", "docker/.env"}
"""Places an administrator fills; .gitignore keeps them out of the repository."""


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^[ ]*```{language}\n(.*?)^[ ]*```", text, re.MULTILINE | re.DOTALL)


def between(mark: str) -> str:
    found = re.search(rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", README, re.DOTALL)
    assert found, mark
    return found[1]


def commands() -> list[str]:
    lines = "".join(blocks(README, "bash")).replace("\\\n", " ").splitlines()
    return [part.strip() for line in lines for part in re.split(r";|\|", line) if part.strip()]


# --- commands


def parsed(app: typer.Typer, argv: list[str]) -> None:
    """Raises on a command or option that does not exist."""
    group: Any = typer.main.get_command(app)
    group.commands[argv[0]].make_context(argv[0], list(argv[1:]))


def make(argv: list[str]) -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", text, re.MULTILINE))
    words = [word for word in argv if "=" not in word]
    assert words
    assert set(words) <= targets, f"no target {set(words) - targets}"
    for word in argv:
        if word.startswith("ARGS=") and words == ["demo"]:
            parsed(bridge_app, ["demo", *shlex.split(word.removeprefix("ARGS="))])


def python(argv: list[str]) -> None:
    assert argv[0] == "-m"
    if argv[1] == "asr":
        parsed(asr_app, argv[2:])
        assert all((ROOT / word).exists() for word in argv[3:] if "/" in word)
    else:
        assert argv[1] == "venv"


def pip(argv: list[str]) -> None:
    assert argv == ["install", "--editable", "."]


def docker(argv: list[str]) -> None:
    assert argv[:2] == ["compose", "-f"]
    assert (ROOT / argv[2]).is_file()


def curl(argv: list[str]) -> None:
    (url,) = [word for word in argv if word.startswith("http://")]
    method = argv[argv.index("-X") + 1] if "-X" in argv else "GET"
    host, path = re.fullmatch(r"http://([^/]+)(/.*)", url).groups()  # type: ignore[union-attr]
    assert host == str(Api().listen)
    asked = path.replace("通话编号", "{call_id}")
    assert method.lower() in description()["paths"][asked], (method, asked)
    if method == "POST":
        headers = [argv[at + 1].split(":")[0] for at, word in enumerate(argv) if word == "-H"]
        assert {"Authorization", "Idempotency-Key", "Content-Type"} == set(headers)
        body = description()["components"]["schemas"]["Wish"]
        assert set(json.loads(argv[argv.index("-d") + 1])) == set(body["required"])


READERS = {
    "make": make,
    "python3": python,
    ".venv/bin/python": python,
    ".venv/bin/pip": pip,
    ".venv/bin/bridge": lambda argv: parsed(bridge_app, argv),
    "docker": docker,
    "curl": curl,
}
SHELL = {"echo", "printf", "sha256sum"}


@pytest.mark.parametrize("line", commands())
def test_every_command_is_real(line: str) -> None:
    words = shlex.split(line)
    if words[0] in SHELL or re.fullmatch(r"TOKEN=.*", words[0]):
        return
    READERS[words[0]](words[1:])


def test_the_two_commands_stand_first() -> None:
    assert commands()[:2] == ["make demo", "make test"]


def test_no_subcommand_is_forgotten() -> None:
    shown: Any = typer.main.get_command(bridge_app)
    for name, command in shown.commands.items():
        if not command.hidden:
            assert re.search(rf"bridge {name}\b|`make {name}`", README), name
    listed = re.search(r"`bridge/__main__.py` \| 命令行：(.*?) \|", README)
    assert listed
    assert set(listed[1].split("、")) == {name for name, each in shown.commands.items() if not each.hidden}


def _options(command: Any) -> set[str]:
    """Of a command and of those below it."""
    own = {name for option in command.params for name in option.opts}
    return own.union(*(_options(each) for each in getattr(command, "commands", {}).values()))


def test_options_in_the_text_exist() -> None:
    known = {name for app in (bridge_app, asr_app) for name in _options(typer.main.get_command(app))}
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    for name in re.findall(r"`(--[a-z-]+)", prose):
        assert name in known or name == "--editable", name


# --- the interface


def description() -> dict[str, Any]:
    """The interface as it describes itself; no call is made on its parts."""
    nothing = {name: MagicMock() for name in ApiParts.__dataclass_fields__}
    return create_api(ApiParts(**{**nothing, "settings": Api()})).openapi()


def test_doors_in_the_text_exist() -> None:
    paths = {*description()["paths"], "/", "/api/v1/live", "/openapi.json", "/docs", "/api/v1"}
    for paper in PAPERS.values():
        for path in re.findall(r"`(/[a-z0-9/._]*)`", paper):
            assert path in paths, path


def test_figures_shown_to_prometheus_exist() -> None:
    assert metrics.OUTBOX_LETTERS, "imported, so that its figures are registered"
    known = set(re.findall(r"^# HELP (\w+)", generate_latest().decode(), re.MULTILINE))
    for name, paper in PAPERS.items():
        for figure in re.findall(r"bridge_[a-z_]+", paper):
            assert figure in known, f"{name}: {figure}"


def test_no_other_host_is_named() -> None:
    for name, paper in PAPERS.items():
        hosts = re.findall(r"(?:https?|wss?)://([^/:\s]+)", paper)
        assert set(hosts) <= {"127.0.0.1"}, name
    picture = (ROOT / "docs" / "demo.svg").read_text()
    assert set(re.findall(r"https?://([^/:\"<]+)", picture)) <= {"www.w3.org", "127.0.0.1"}


# --- places


def mentioned() -> Iterator[tuple[str, str]]:
    for name, paper in PAPERS.items():
        for path in re.findall(r"`((?:bridge|asr|config|docker|docs|tests)/[^`\s]*)`", paper):
            yield name, path
        for path in re.findall(r"\]\(([^)]+)\)", paper):
            yield name, path


@pytest.mark.parametrize(("paper", "path"), sorted(set(mentioned())))
def test_every_path_exists(paper: str, path: str) -> None:
    if path.rstrip("/") in MADE_BY_THE_READER:
        ignored = (ROOT / ".gitignore").read_text().splitlines()
        assert path in ignored or f"{path}/" in ignored
    else:
        assert (ROOT / path).exists(), f"{paper}: {path}"


def rooms() -> set[str]:
    """Folders and modules of the two houses, and the folders beside them."""
    inside = {
        f"{house}/{each.name}"
        for house in ("bridge", "asr")
        for each in (ROOT / house).iterdir()
        if each.name not in {"__init__.py", "__pycache__", "py.typed"}
    }
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    beside = {each.name for each in ROOT.iterdir() if each.is_dir() and each.name[0] != "."} - ignored
    return inside | {name for name in beside if not name.endswith(".egg-info")} - {"bridge", "asr"}


def listed_rooms() -> list[tuple[str, str]]:
    """Floor as the map's first column has it (carried down), and the room."""
    floor, found = "", list[tuple[str, str]]()
    for line in between("map").splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        floor = cells[0] or floor
        found.append((floor, cells[1].strip("`")))
    return found


def test_the_map_lists_exactly_the_rooms() -> None:
    listed = [room for _, room in listed_rooms()]
    assert len(listed) == len(set(listed))
    assert set(listed) == rooms()


def test_the_map_has_each_room_on_its_floor() -> None:
    for floor, room in listed_rooms():
        module = room.removesuffix(".py").replace("/", ".")
        if module in FLOORS:
            assert floor.split(" ")[0] == str(FLOORS[module]), room


def test_diagrams_are_those_of_the_table() -> None:
    drawn = {mode: diagram(mode).strip() for mode in Mode}
    assert [each.strip() for each in blocks(README, "mermaid")][:1] == [drawn[Mode.DIRECT]]
    assert {each.strip() for each in blocks(README, "mermaid")} <= set(drawn.values())
    for mode in Mode:
        assert (ROOT / "docs" / f"transfer-{mode.value}.mmd").read_text().strip() == drawn[mode]


def test_the_picture_is_small_and_of_a_play_that_went_well() -> None:
    file = ROOT / "docs" / "demo.svg"
    assert file.stat().st_size < 100_000
    assert "✔" in file.read_text()
    assert "✘" not in file.read_text()


# --- figures and words


def test_configuration_keys_exist() -> None:
    sections = {name: field.annotation for name, field in Settings.model_fields.items()}
    text = (ROOT / "config" / "bridge.yaml").read_text()
    for section, key in re.findall(r"`([a-z]+)\.([a-z_]+)(?:: [a-z]+)?`", README):
        if section in sections:
            assert key in sections[section].model_fields, f"{section}.{key}"  # type: ignore[union-attr]
    for key in re.findall(r"`((?!bridge_)\w+_(?:env|file|seconds|code|rate))\b", README):
        assert re.search(rf"\b{key}:", text), key


def test_the_figures_in_the_text_are_the_codes() -> None:
    for part in (
        f"net.core.rmem_max={RECEIVE_BUFFER}",
        f"最近 {KEPT} 通",
        f"UDP {Settings().sip.listen.port} 和 {str(Settings().media.ports).replace('-', '–')}",
        f"{FIRST_RETRY_S:g} 秒起，最长隔 {LONGEST_RETRY_S:g} 秒",
    ):
        assert part in README, part
    assert (RECALL_ROUNDS, "三轮" in README) == (3, True)
    assert (INTER_DIGIT_SECONDS, "三秒" in README) == (3.0, True)
    for part in (
        f"{CONNECT_S:g} 秒连不上、{ANSWER_S:g} 秒没应答",
        f"{FIRST_RETRY_S:g} 秒起，每次加倍，最长 {LONGEST_RETRY_S:g} 秒",
        f"最长 {LONGEST_RETRY_AFTER_S / 3600:g} 小时",
        f"最多 {PARALLEL} 张",
        f"{LARGEST_BODY >> 20} MB",
    ):
        assert part in TICKETS, part


def test_the_real_model_is_named_as_the_check_knows_it() -> None:
    assert folder.SMALL_CN in README
    assert folder.SMALL_CN_SHA256 in README
    assert f"{folder.SMALL_CN_BYTES:,}" in README


def test_the_promised_figures_have_their_place() -> None:
    rows = [line for line in between("bench").splitlines() if line.startswith("| ")]
    assert len(rows) >= 7
    assert all(len(line.strip("|").split("|")) == 3 for line in rows)


def test_python_versions_are_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"Python {project['requires-python'].removeprefix('>=')} 到" in README
    assert project["license"] in README
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text()


# --- the ticket interface


def example() -> dict[str, Any]:
    """The first version of a ticket, made as the bridge makes it."""
    began = datetime(2026, 3, 2, 1, 15, tzinfo=UTC)
    pressed = began + timedelta(seconds=24.6)
    call, caller = "b678cf480e50f532", "67a1d5f3c8378cf8"
    greeting = "您好这里是一二三四五热线请问您有什么事情"
    told = "你好我叫王建国刚才在东昌府区柳园南路二十六号门口有两个人打架其中一个人手里拿着刀说要砍人"
    transcript = transcript_of(
        [
            Utterance("12345", f"{call}.1", 1.93, 7.03, greeting, final=True, id=f"{call}.1-1"),
            Utterance("caller", caller, 8.48, 23.15, told, final=True, id=f"{caller}-1"),
        ]
    )
    advice = advise(load(ROOT / "config" / "scope"), transcript)
    ticket = opened(
        id="d1bbaee9b0b9e735",
        incident="c330ad95db361bd7",
        route="转 110",
        from_platform="12345",
        to_platform="110",
        facts=CallFacts(call, "15463502789", "carrier", "8001", began, pressed),
        transcript=transcript,
        suggestion=advice.suggestion,
    )
    ticket = replace(ticket, alerts=advice.alerts)
    body: dict[str, Any] = json.loads(webhook_body(ticket, pressed))
    assert body["data"] == encode(ticket)
    return body


def test_the_example_is_what_the_code_sends() -> None:
    shown, _ = blocks(TICKETS, "json")
    assert json.loads(shown) == example()


def example_deed() -> dict[str, Any]:
    """The letter that tells that 110 has accepted it, made as the bridge makes it."""
    papers = example()["data"]
    at = datetime.fromisoformat(papers["caller"]["pressed_at"])
    first = first_handling(papers, at)
    there, _ = handled(first, Deed("e0", "deliver", "", at + timedelta(seconds=0.3)))
    later = at + timedelta(seconds=2)
    deed = Deed("8f2c5d1e0b7a4c3d9e6f1a2b3c4d5e6f", "accept", "110", later, who="接警员甲", number="J-1")
    after, _ = handled(there, deed)
    letter: dict[str, Any] = json.loads(deed_letter(after, deed, later, there.state))
    return letter


def test_the_deed_shown_is_what_the_code_sends() -> None:
    _, shown = blocks(TICKETS, "json")
    assert json.loads(shown) == example_deed()
    assert deed_of(json.loads(shown)["data"])[1].name == "accept"


def rows_of(heading: str) -> dict[str, str]:
    """A table of docs/tickets.md: its first column without marks -> the whole row."""
    part = TICKETS.split(f"{heading}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: line for line in lines}


def test_the_deeds_listed_are_those_of_the_table() -> None:
    listed = rows_of("### 每一步")
    assert set(listed) == set(get_args(Wanted))
    for name, row in listed.items():
        assert f"`{TYPES[name]}`" in row, name  # type: ignore[index]
        assert DEED_NAMES[name] in row, name  # type: ignore[index]
    states = rows_of("### 状态")
    assert {name: row.split("|")[2].strip() for name, row in states.items()} == STATE_NAMES


def test_the_handlings_diagram_is_that_of_the_table() -> None:
    drawn = handling_diagram().strip()
    assert (ROOT / "docs" / "handling.mmd").read_text().strip() == drawn
    assert [each.strip() for each in blocks(TICKETS, "mermaid")] == [drawn]


def test_every_request_shown_to_partners_is_real() -> None:
    shown = [
        shlex.split(line)
        for line in "".join(blocks(TICKETS, "bash")).replace("\\\n", " ").splitlines()
        if line.startswith("curl")
    ]
    assert len(shown) >= 5
    for argv in shown:
        (url,) = [word for word in argv if word.startswith("http://")]
        method = argv[argv.index("-X") + 1] if "-X" in argv else "GET"
        path = url.removeprefix("http://127.0.0.1:8080").split("?")[0]
        fits = [
            known for known in description()["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", known), path)
        ]
        assert fits, path
        assert method.lower() in description()["paths"][fits[0]], (method, path)
        headers = {argv[at + 1].split(":")[0] for at, word in enumerate(argv) if word == "-H"}
        assert "Authorization" in headers, argv
        if method == "POST":
            assert "Idempotency-Key" in headers, argv
            body = json.loads(argv[argv.index("-d") + 1])
            shape = RequestIn if path.endswith("/tickets") else DeedIn
            shape.model_validate(body)


def test_every_field_named_exists() -> None:
    made = example()
    for path in re.findall(r"`data\.([a-z_.]+)`", TICKETS):
        at: Any = made["data"]
        for step in path.split("."):
            assert step in at, path
            at = at[step]
