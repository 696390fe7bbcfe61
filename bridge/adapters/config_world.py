"""What a configuration needs from this machine: secrets to load, a model that is one, a folder to write to.

Takes settings that are right in themselves, gives them back with absolute paths and secrets loaded, and says
what is missing. No secret is ever part of a problem's text.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Final, TypeVar

import bridge
from bridge.adapters.config_carriage import absolute_files, check_files, check_middle
from bridge.adapters.config_sounds import check_sounds
from bridge.adapters.config_tls import absolute_tls, check_tls
from bridge.post.signing import secret_of
from bridge.settings import HasSecret, Settings, Trunk
from bridge.settings.carriage import MiddleDatabase
from bridge.settings.database import OldKey
from bridge.settings.house import Api
from bridge.settings.partners import SigningKey, Tickets
from bridge.settings.problems import Path, Problem
from bridge.settings.recording import read_key
from bridge.settings.tables import recorded

S = TypeVar("S", bound=HasSecret)

DEMO_MODEL: Final = FilePath(bridge.__file__).parent.parent / "asr" / "models" / "demo"
"""The model shipped with us."""

LARGEST_SECRET: Final = 4096
"""Bytes; a file beyond that is no password but a mistake."""

SHORTEST_PASSWORD: Final = 8
"""Signs. Scanners try every shorter one within days."""

_SQLITE: Final = "sqlite+aiosqlite:///"


@dataclass(slots=True)
class Look:
    """One look at the machine: the settings as they become, and what was found on the way."""

    settings: Settings
    environ: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def complain(self, path: Path, text: str) -> None:
        """Something that must be set right."""
        self.problems.append(Problem(path, text))

    def warn(self, path: Path, text: str) -> None:
        """Something that should be."""
        self.warnings.append(Problem(path, text))


def look(settings: Settings, folder: FilePath, environ: Mapping[str, str]) -> Look:
    """Make paths absolute (from `folder`), load secrets, check model, database and sounds."""
    found = Look(_absolute(settings, folder), environ)
    found.settings = _with_secrets(found, folder)
    _check_model(found)
    _check_database(found)
    _check_folder(found, ("recording", "folder"), found.settings.recording.folder, recorded(found.settings))
    check_sounds(found.settings.sounds, found.complain)
    check_tls(found.settings, found.complain)
    return found


# --- paths


def _absolute(settings: Settings, folder: FilePath) -> Settings:
    model = settings.asr.model
    ca = settings.asr.ca and folder / settings.asr.ca
    found = {"model": DEMO_MODEL if model is None else folder / model, "ca": ca}
    asr = settings.asr.model_copy(update=found)
    database = settings.database.model_copy(update={"url": _absolute_url(settings.database.url, folder)})
    music = tuple(folder / path for path in settings.sounds.hold)
    prompts = settings.sounds.folder and folder / settings.sounds.folder
    sounds = settings.sounds.model_copy(update={"folder": prompts, "hold": music})
    tapes = settings.recording.model_copy(update={"folder": folder / settings.recording.folder})
    lists = settings.scope.model_copy(
        update={"folder": settings.scope.folder and folder / settings.scope.folder}
    )
    update = {"asr": asr, "database": database, "sounds": sounds, "recording": tapes, "scope": lists}
    return absolute_tls(settings.model_copy(update=update), folder)


def _absolute_url(url: str, folder: FilePath) -> str:
    """SQLAlchemy counts a relative SQLite path from where the program was started; we count from the file."""
    place = url.removeprefix(_SQLITE)
    if place == url or place.startswith((":memory:", "file:")):
        return url
    return f"{_SQLITE}{(folder / place).resolve()}"


# --- secrets


def _with_secrets(found: Look, folder: FilePath) -> Settings:
    settings = found.settings
    agents = {name: _load(found, folder, ("agents", name), agent) for name, agent in settings.agents.items()}
    trunks = {
        name: trunk.model_copy(
            update={
                key: _load(found, folder, ("trunks", name, _AS_WRITTEN.get(key, key)), part)
                for key, part in _secret_parts(trunk)
                if part is not None
            }
        )
        for name, trunk in settings.trunks.items()
    }
    platforms = {
        name: platform.model_copy(
            update={"tickets": _door(found, folder, ("platforms", name, "tickets"), platform.tickets)}
        )
        if platform.tickets is not None
        else platform
        for name, platform in settings.platforms.items()
    }
    recording = _load(found, folder, ("recording",), settings.recording)
    transcripts = _load(found, folder, ("transcripts",), settings.transcripts)
    hooks = tuple(
        hook.model_copy(update={"door": _door(found, folder, ("deadlines", "hooks", at, "door"), hook.door)})
        if hook.door is not None
        else hook
        for at, hook in enumerate(settings.deadlines.hooks)
    )
    deadlines = settings.deadlines.model_copy(update={"hooks": hooks})
    old = tuple(
        _load(found, folder, ("database", "old_keys", at), key)
        for at, key in enumerate(settings.database.old_keys)
    )
    database = settings.database.model_copy(update={"old_keys": old})
    database = _load(found, folder, ("database",), database)
    webrtc = settings.webrtc
    if webrtc is not None:
        servers = tuple(
            _load(found, folder, ("webrtc", "ice_servers", at), server)
            for at, server in enumerate(webrtc.ice_servers)
        )
        webrtc = webrtc.model_copy(update={"ice_servers": servers})
    sealed = {
        "webrtc": webrtc,
        "database": database,
        "recording": recording,
        "transcripts": transcripts,
        "deadlines": deadlines,
        "api": _api(found, folder, settings.api),
    }
    return settings.model_copy(update={"agents": agents, "trunks": trunks, "platforms": platforms, **sealed})


def _api(found: Look, folder: FilePath, api: Api) -> Api:
    """With our secret at the identity provider, where there is one."""
    if api.oidc is None:
        return api
    return api.model_copy(update={"oidc": _load(found, folder, ("api", "oidc"), api.oidc)})


def _door(found: Look, folder: FilePath, path: Path, tickets: Tickets) -> Tickets:
    """A ticket door with its one secret, or its several keys; where it is a database, with its URL; where it
    is files, with their folders."""
    keys = tuple(_load(found, folder, (*path, "keys", at), key) for at, key in enumerate(tickets.keys))
    database = tickets.database and _load(found, folder, (*path, "database"), tickets.database)
    files = tickets.files and absolute_files(tickets.files, folder)
    if files is not None:
        check_files(files, (*path, "files"), found.complain)
    update = {"keys": keys, "database": database, "files": files}
    return _load(found, folder, path, tickets.model_copy(update=update))


_KEYS: Final[dict[object, str]] = {"recording": "录音", "transcripts": "转写", "database": "数据库"}
"""Sections whose secret is a key of 32 octets, and whose key it is."""
_AS_WRITTEN: Final = {"registration": "register"}
"""Fields whose key in the file is another word."""


def _secret_parts(trunk: Trunk) -> tuple[tuple[str, HasSecret | None], ...]:
    parts = ("login", "credentials", "registration")
    return tuple((name, getattr(trunk, name)) for name in parts)


def _load(found: Look, folder: FilePath, path: Path, part: S) -> S:
    if not part.names_secret:
        return part
    if part.secret_env is not None:
        here, value = (*path, "secret_env"), _from_env(found, (*path, "secret_env"), part)
    else:
        here, value = (*path, "secret_file"), _from_file(found, folder, (*path, "secret_file"), part)
    if value is None:
        return part
    if isinstance(part, Tickets | SigningKey):
        _check_signing_key(found, here, value)
    elif isinstance(part, MiddleDatabase):
        check_middle(value, here, found.complain)
    elif path[-1] in _KEYS or isinstance(part, OldKey):
        if read_key(value) is None:
            found.complain(here, f"{_KEYS[path[0]]}密钥应是 32 字节的 base64；生成：openssl rand -base64 32")
    elif len(value) < SHORTEST_PASSWORD:
        found.warn(here, f"密码太短，至少 {SHORTEST_PASSWORD} 位")
    return part.with_secret(value)


def _from_env(found: Look, path: Path, part: HasSecret) -> str | None:
    value = found.environ.get(part.secret_env or "", "").strip()
    if not value:
        found.complain(path, f"环境变量 {part.secret_env} 没有设置；启动前设置它，或改用 secret_file")
    return value or None


def _from_file(found: Look, folder: FilePath, path: Path, part: HasSecret) -> str | None:
    file = folder / (part.secret_file or "")
    try:
        with file.open("rb") as opened:
            mode, content = os.fstat(opened.fileno()).st_mode, opened.read(LARGEST_SECRET + 1)
        value = content.decode().strip() if len(content) <= LARGEST_SECRET else ""
    except OSError as wrong:
        found.complain(path, f"读不了密码文件 {file}（{wrong.strerror}）；检查路径和权限")
        return None
    except UnicodeDecodeError:
        value = ""
    if not value or "\n" in value:
        found.complain(path, f"密码文件 {file} 里应只有一行密码（UTF-8）")
        return None
    if mode & stat.S_IROTH:
        found.warn(path, f"密码文件 {file} 谁都能读；执行 chmod 600 {file}")
    return value


def _check_signing_key(found: Look, path: Path, value: str) -> None:
    try:
        secret_of(value)
    except ValueError:
        text = "签名密钥应是 whsec_ 加 base64（24 到 64 字节）；生成：bridge keys new"
        found.complain(path, text)


# --- model and database


def _check_model(found: Look) -> None:
    """A light look; `bridge model` loads it."""
    asr, model = found.settings.asr, found.settings.asr.model
    if not asr.enabled or asr.servers or model is None:
        return
    if not any((model / part).is_file() for part in ("am/final.mdl", "final.mdl")):
        text = f"{model} 不是 Vosk 模型（里面没有 am/final.mdl）；写解压后的文件夹，或 enabled: false"
        found.complain(("asr", "model"), text)
    elif model == DEMO_MODEL:
        text = "用的是自带的演示模型，只认得合成语音，不能用于真实来电；在 model 里写正式模型的文件夹"
        found.warn(("asr", "model"), text)


def _check_database(found: Look) -> None:
    """The folder may be missing (we make it) but must be where we may write."""
    place = found.settings.database.url.removeprefix(_SQLITE)
    if not place.startswith("/"):
        return
    _check_folder(found, ("database", "url"), FilePath(place.partition("?")[0]).parent)


def _check_folder(found: Look, path: Path, folder: FilePath, needed: bool = True) -> None:
    """It may be missing (we make it), but it must be where we may write."""
    while not folder.exists():
        folder = folder.parent
    if needed and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        found.complain(path, f"不能写入文件夹 {folder}；换一个位置，或改它的权限")
