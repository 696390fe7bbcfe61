"""Whether the sections fit each other: references, routes that can never win, clashing codes, networks and
ports.

Pure: files, environment and secrets are the adapter's to look at. Every check yields all it finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from bridge.routing.plan import ALL_AGENTS
from bridge.settings import (
    check_browsers,
    check_deadlines,
    check_harassment,
    check_networks,
    check_relay,
    check_routes,
    check_secrecy,
    check_transports,
    check_via,
    check_waiting,
)
from bridge.settings.problems import Path, Problem, did_you_mean
from bridge.settings.sections import Settings
from bridge.settings.world import TargetRule

_TRUNK_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_EXTENSION: Final = re.compile(r"[0-9]{2,16}")


@dataclass(frozen=True, slots=True)
class Declared:
    """Names that stand in the file, even where their section is broken: a reference to them is no further
    mistake.
    """

    platforms: Collection[str]
    trunks: Collection[str]
    agents: Collection[str]
    queues: Collection[str]


def declared(settings: Settings) -> Declared:
    """The names of settings that are whole."""
    return Declared(settings.platforms, settings.trunks, settings.agents, settings.queues)


def problems(settings: Settings, names: Declared) -> list[Problem]:
    """Everything that must not go live."""
    return [
        *_references(settings, names),
        *check_networks.logins(settings, names.agents),
        *(found for check in _CHECKS for found in check(settings)),
    ]


def warnings(settings: Settings) -> list[Problem]:
    """What can go live but is likely not meant."""
    return [found for check in _WARNINGS for found in check(settings)]


def _names(settings: Settings) -> Iterator[Problem]:
    for name in settings.trunks:
        if name == ALL_AGENTS or not _TRUNK_NAME.fullmatch(name):
            text = f'中继名 "{name}" 不行：用小写字母开头，后面小写字母、数字、- 或 _，且不能叫 {ALL_AGENTS}'
            yield Problem(("trunks", name), text)
    for extension in settings.agents:
        if not _EXTENSION.fullmatch(extension):
            yield Problem(("agents", extension), f'分机号 "{extension}" 不行：应是 2 到 16 位数字')


def _unique_names(settings: Settings) -> Iterator[Problem]:
    yield from _repeated("routes", "name", [route.name for route in settings.routes])
    tokens = [token.name for token in settings.api.tokens]
    yield from (Problem(("api", *found.path), found.text) for found in _repeated("tokens", "name", tokens))


def _repeated(section: str, key: str, names: list[str]) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Problem((section, place, key), f'名称 "{name}" 重复了，每条要有不同的名称')


def _references(settings: Settings, names: Declared) -> Iterator[Problem]:
    for name, platform in settings.platforms.items():
        yield from _known("平台", ("platforms", name, "via"), platform.via, names.platforms)
    for place, own in enumerate(settings.exchange.own or ()):
        yield from _known("平台", ("exchange", "own", place), own, names.platforms)
    for name, trunk in settings.trunks.items():
        yield from _known("平台", ("trunks", name, "platform"), trunk.platform, names.platforms)
    for extension, agent in settings.agents.items():
        yield from _known("平台", ("agents", extension, "platform"), agent.platform, names.platforms)
        yield from _known("中继", ("agents", extension, "trunk"), agent.trunk, names.trunks)
    if settings.api.oidc is not None:
        home = settings.api.oidc.platform
        yield from _known("平台", ("api", "oidc", "platform"), home, names.platforms)
    for place, token in enumerate(settings.api.tokens):
        yield from _known("平台", ("api", "tokens", place, "platform"), token.platform, names.platforms)
    for place, route in enumerate(settings.routes):
        here: Path = ("routes", place)
        yield from _known("平台", (*here, "platform"), route.platform, names.platforms)
        for turn, source in enumerate(route.sources):
            yield from _known("来源", (*here, "from", turn), source, [*names.trunks, ALL_AGENTS])
        for turn, target in enumerate(route.to):
            yield from _target((*here, "to", turn), target, names)
    for name, queue in settings.queues.items():
        for turn, member in enumerate(queue.agents):
            yield from _known("话务员", ("queues", name, "agents", turn), member, names.agents)
        for turn, target in enumerate(queue.overflow):
            yield from _target(("queues", name, "overflow", turn), target, names)


def _target(here: Path, target: TargetRule, names: Declared) -> Iterator[Problem]:
    yield from _known("话务员", (*here, "agent"), target.agent, names.agents)
    yield from _known("队列", (*here, "queue"), target.queue, names.queues)
    yield from _known("中继", (*here, "trunk"), target.trunk, names.trunks)


def _known(what: str, path: Path, name: str | None, known: Collection[str]) -> Iterator[Problem]:
    if name is not None and name not in known:
        yield Problem(path, f'没有叫 "{name}" 的{what}{did_you_mean(name, known)}')


def _dialled_trunks(settings: Settings) -> Iterator[Problem]:
    """A trunk somebody is rung at needs an address."""
    rung: list[tuple[Path, str | None]] = [
        (("routes", place, "to", turn, "trunk"), target.trunk)
        for place, route in enumerate(settings.routes)
        for turn, target in enumerate(route.to)
    ]
    rung += [
        (("queues", name, "overflow", turn, "trunk"), target.trunk)
        for name, queue in settings.queues.items()
        for turn, target in enumerate(queue.overflow)
    ]
    rung += [(("agents", extension, "trunk"), agent.trunk) for extension, agent in settings.agents.items()]
    for path, name in rung:
        trunk = settings.trunks.get(name or "")
        if trunk is not None and not trunk.places:
            text = f"要往中继 {name} 呼出，但它没有 target；在 trunks.{name} 里写 target: 对方IP:5060"
            yield Problem(path, text)


def _silent_sources(settings: Settings) -> Iterator[Problem]:
    """A trunk we could not recognise cannot be where calls come from."""
    for place, route in enumerate(settings.routes):
        for turn, name in enumerate(route.sources):
            trunk = settings.trunks.get(name)
            if trunk is not None and not trunk.recognised:
                how = "hosts: [对方地址]、login 或 register"
                text = f"中继 {name} 打来的电话认不出来；在 trunks.{name} 里写 {how}"
                yield Problem(("routes", place, "from", turn), text)


def _nobody_at_the_api(settings: Settings) -> Iterator[Problem]:
    if not settings.api.tokens and not settings.api.trust_loopback:
        yield Problem(("api",), "没有配置 tokens，接口和页面谁也用不了；添加一条 token")


def _unused_model(settings: Settings) -> Iterator[Problem]:
    if settings.asr.servers and settings.asr.model is not None:
        yield Problem(("asr", "model"), "写了 url 或 urls 就用外面的转写服务，model 不起作用")


_Check = Callable[[Settings], Iterator[Problem]]
_CHECKS: Final[tuple[_Check, ...]] = (
    _names,
    _unique_names,
    _dialled_trunks,
    _silent_sources,
    check_routes.shadowed,
    check_routes.times,
    check_routes.keys,
    check_routes.feature_codes,
    check_routes.pause_code,
    check_routes.steering_codes,
    check_waiting.names,
    check_waiting.codes,
    check_waiting.overflow_times,
    check_via.chains,
    check_relay.passed_on,
    check_browsers.agents,
    check_browsers.ports,
    check_secrecy.keys_without_tls,
    check_via.bypasses,
    check_harassment.rules,
    check_harassment.targets,
    check_deadlines.rules,
    check_deadlines.hours,
    check_deadlines.hooks,
    check_networks.same_networks,
    check_networks.ports,
    check_transports.listeners,
    check_transports.certificates,
)
_WARNINGS: Final[tuple[_Check, ...]] = (
    check_networks.nested_networks,
    check_networks.unlisted_targets,
    check_transports.usual_ports,
    _nobody_at_the_api,
    _unused_model,
    check_browsers.secure,
    check_secrecy.keys_in_the_clear,
)
