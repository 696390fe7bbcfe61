"""What docker/ names is there and agrees with the house. No engine is needed: the files are read, not run."""

from __future__ import annotations

import http.client
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import typer
from ruamel.yaml import YAML

from bridge.__main__ import app
from bridge.adapters.config_file import check
from bridge.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKER = ROOT / "docker"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONFIG = ROOT / "config" / "bridge.yaml"
OVERRIDE = "BRIDGE__PLATFORMS__110__TICKETS__URL"

Lines = list[tuple[str, str]]


def instructions() -> Lines:
    """The Dockerfile's instructions in order, continued lines joined, comments gone."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]


def only(name: str) -> str:
    found = [rest for word, rest in instructions() if word == name]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def all_of(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((DOCKER / "compose.yaml").read_text())
    return loaded


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def accepted(argv: list[str]) -> Any:
    """The command line as the doors read it; an unknown command or option raises."""
    group: Any = typer.main.get_command(app)
    return group.commands[argv[0]].make_context(argv[0], list(argv[1:]))


def copied() -> Iterator[tuple[str, PurePosixPath]]:
    """Each source in the checkout and where it lies in the image."""
    home = PurePosixPath(only("WORKDIR"))
    for line in all_of("COPY"):
        *sources, target = line.split()
        for source in sources:
            place = home / target
            yield source, place / source if target.endswith("/") else place


def in_image(path: str) -> Path | None:
    """The checkout's file that lies at this path in the image (relative: from WORKDIR)."""
    wanted = PurePosixPath(only("WORKDIR")) / path
    for source, place in copied():
        if wanted.is_relative_to(place):
            return ROOT / source / wanted.relative_to(place)
    return None


def secrets_named() -> set[str]:
    return set(re.findall(r"^[^#\n]*secret_env: *(?!null\b)(\w+)", CONFIG.read_text(), re.MULTILINE))


@pytest.fixture
def settings() -> Settings:
    return check(CONFIG, dict.fromkeys(secrets_named(), "whsec_" + "QUJD" * 10))


# --- the image


def test_every_instruction_is_one() -> None:
    known = {
        "FROM",
        "ENV",
        "RUN",
        "WORKDIR",
        "COPY",
        "VOLUME",
        "USER",
        "EXPOSE",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert {word for word, _ in instructions()} == known


def test_python_is_one_we_run_on() -> None:
    version = re.match(r"python:3\.(\d+)-", only("FROM"))
    least = re.fullmatch(r">=3\.(\d+)", PROJECT["requires-python"])
    assert version
    assert least
    assert int(least[1]) <= int(version[1]) <= 13


def test_every_copied_file_is_there_and_passes_the_ignore_file() -> None:
    rules = [
        line
        for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
        if line[:1] not in {"", "#"}
    ]
    assert rules[0] == "*"
    for source, _ in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source.removeprefix('./')}" in rules, source
    assert {"config/secrets", "config/models"} <= set(rules), "secrets and models stay out of the image"


def test_everything_the_program_reads_is_copied() -> None:
    """Run editable from WORKDIR, the image must hold every folder the code finds beside itself."""
    assert "pip install --editable ." in " ".join(all_of("RUN"))
    for needed in (
        "config/scope",
        "asr/models/demo",
        "bridge/prompts",
        "bridge/web",
        "bridge/adapters/migrations",
    ):
        found = in_image(needed)
        assert found is not None, needed
        assert found.is_dir(), needed
    assert in_image(PROJECT["readme"]) is not None
    assert all(in_image(name) is not None for name in PROJECT["license-files"])


def test_its_commands_are_ours() -> None:
    assert json.loads(only("ENTRYPOINT")) == ["bridge"]
    assert "bridge" in PROJECT["scripts"]
    context = accepted(json.loads(only("CMD")))
    config = in_image(str(context.params["config"]))
    assert config == CONFIG


def test_its_user_is_made_and_owns_the_data(settings: Settings) -> None:
    user, runs = only("USER"), " ".join(all_of("RUN"))
    assert user not in {"root", "0"}
    assert re.search(rf"useradd .*\b{user}\b", runs)
    assert f"chown {user} var" in runs
    order = [word for word, _ in instructions()]
    assert order.index("USER") > max(at for at, word in enumerate(order) if word == "RUN")
    assert data_folder(settings) == PurePosixPath(only("VOLUME"))


def data_folder(settings: Settings) -> PurePosixPath:
    """Where the database of the shipped configuration lies in the image."""
    file = Path(settings.database.url.removeprefix("sqlite+aiosqlite:///"))
    return PurePosixPath(only("WORKDIR")) / file.relative_to(ROOT.resolve()).parent.as_posix()


def test_it_shows_the_configured_ports(settings: Settings) -> None:
    wanted = {
        f"{settings.sip.listen.port}/udp",
        f"{settings.media.ports}/udp",
        f"{settings.api.listen.port}/tcp",
    }
    assert set(only("EXPOSE").split()) == wanted


def probe(command: list[str]) -> tuple[str, int, str]:
    """Host, port and path a health check asks; the check must be Python that compiles."""
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")
    address = re.search(r"HTTPConnection\('([^']+)', (\d+)", command[2])
    path = re.search(r"request\('GET', '([^']+)'\)", command[2])
    assert address
    assert path
    return address[1], int(address[2]), path[1]


def test_the_health_check_asks_our_door(settings: Settings) -> None:
    from bridge.api.rights import OPEN, RIGHTS  # noqa: PLC0415

    _, _, command = only("HEALTHCHECK").partition("CMD ")
    host, port, path = probe(json.loads(command))
    assert (host, port) == tuple(settings.api.listen)
    assert RIGHTS[f"GET {path}"] == OPEN, "the check has no token"


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_health_check_tells_well_from_ill(
    status: int, healthy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Answer:
        def __init__(self, *_: object, **__: object) -> None:
            self.status = status

        def request(self, *_: object) -> None: ...

        def getresponse(self) -> Answer:
            return self

    monkeypatch.setattr(http.client, "HTTPConnection", Answer)
    _, _, command = only("HEALTHCHECK").partition("CMD ")
    with pytest.raises(SystemExit) as ended:
        exec(json.loads(command)[2], {})
    assert (not ended.value.code) == healthy


# --- one machine


def test_services_are_built_from_the_dockerfile() -> None:
    for service in services().values():
        build = service["build"]
        context = (DOCKER / build["context"]).resolve()
        assert context == ROOT.resolve()
        assert (context / build["dockerfile"]).samefile(DOCKER / "Dockerfile")


def test_commands_are_ours() -> None:
    for service in services().values():
        accepted(service["command"])
    assert services()["bridge"]["command"] == json.loads(only("CMD"))
    assert services()["stand-in"]["profiles"], "the stand-in is for drills only"
    assert "profiles" not in services()["bridge"]


def test_the_network_is_the_machines() -> None:
    for service in services().values():
        assert service["network_mode"] == "host"
        assert "ports" not in service, "host network publishes nothing"


def test_volumes_are_declared_and_hold_what_they_should(settings: Settings) -> None:
    declared = set(compose()["volumes"])
    mounts = {name: [each.split(":") for each in service["volumes"]] for name, service in services().items()}
    for source, *_ in (mount for each in mounts.values() for mount in each):
        assert source in declared or (DOCKER / source).is_dir(), source
    ours = {target: (source, *mode) for source, target, *mode in mounts["bridge"]}
    assert ours[str(data_folder(settings))][0] in declared
    home = only("WORKDIR")
    assert ours[f"{home}/config"] == ("../config", "ro")
    assert mounts["bridge"] != mounts["stand-in"], "two databases, two volumes"


def test_what_is_written_to_is_writable() -> None:
    """The root is read-only: data go to volumes, sockets to /tmp."""
    for service in services().values():
        assert service["read_only"] is True
        assert "/tmp" in service["tmpfs"]
    store = accepted(services()["stand-in"]["command"]).params["store"]
    targets = [PurePosixPath(each.split(":")[1]) for each in services()["stand-in"]["volumes"]]
    assert any(PurePosixPath(store.as_posix()).is_relative_to(target) for target in targets)


def test_every_secret_of_the_configuration_is_passed_in() -> None:
    passed = services()["bridge"]["environment"]
    assert all("=" not in name for name in passed), "values stay in docker/.env"
    assert secrets_named() == {name for name in passed if not name.startswith("BRIDGE__")}
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"docker/.env", "config/secrets/", "config/models/"} <= set(ignored)


def test_the_drill_leads_to_the_stand_in(settings: Settings) -> None:
    """The variable that compose.yaml tells to set does send the tickets to the stand-in beside."""
    text = (DOCKER / "compose.yaml").read_text()
    assert OVERRIDE in services()["bridge"]["environment"]
    told = re.search(rf"{OVERRIDE}=(\S+?)，", text)
    assert told
    environ = dict.fromkeys(secrets_named(), "whsec_" + "QUJD" * 10) | {OVERRIDE: told[1]}
    tickets = check(CONFIG, environ).platforms["110"].tickets
    context = accepted(services()["stand-in"]["command"])
    assert tickets is not None
    assert tickets.url == f"http://{context.params['host']}:{context.params['port']}/tickets"


def test_the_stand_in_reads_the_same_secret(settings: Settings) -> None:
    tickets = settings.platforms["110"].tickets
    assert tickets is not None
    context = accepted(services()["stand-in"]["command"])
    (name,) = services()["stand-in"]["secrets"]
    assert context.params["secret_file"].as_posix() == f"/run/secrets/{name}"
    assert compose()["secrets"][name] == {"environment": tickets.secret_env}


def test_the_stand_ins_health_check_asks_its_own_port() -> None:
    stand_in = services()["stand-in"]
    host, port, path = probe(stand_in["healthcheck"]["test"][1:])
    params = accepted(stand_in["command"]).params
    assert (host, port, path) == (params["host"], params["port"], "/healthz")


def test_commands_in_the_comments_are_real() -> None:
    """An administrator copies them from there."""
    from bridge.adapters.sip_udp import RECEIVE_BUFFER  # noqa: PLC0415

    text = (DOCKER / "compose.yaml").read_text()
    lines = [shlex.split(line) for line in re.findall(r"^# +(docker compose .*)$", text, re.MULTILINE)]
    assert len(lines) == 3
    for line in lines:
        assert line[2] == "-f"
        assert (ROOT / line[3]).samefile(DOCKER / "compose.yaml")
        if "run" in line:
            service, *argv = line[line.index("--rm") + 1 :]
            assert service in services()
            assert in_image(str(accepted(argv).params["config"])) == CONFIG
    profile = next(line[line.index("--profile") + 1] for line in lines if "--profile" in line)
    assert profile in services()["stand-in"]["profiles"]
    assert f"net.core.rmem_max={RECEIVE_BUFFER}" in text


def test_patience_outlasts_our_own() -> None:
    """Docker must not kill what is still hanging up: three children stop one after the other."""
    from bridge.app.watch import STOP_SECONDS  # noqa: PLC0415

    grace = services()["bridge"]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > 3 * STOP_SECONDS


def test_no_secret_lies_in_these_files() -> None:
    for file in DOCKER.iterdir():
        if not fnmatch(file.name, ".env*"):
            assert not re.search(r"whsec_[A-Za-z0-9+/]{8}", file.read_text()), file.name
