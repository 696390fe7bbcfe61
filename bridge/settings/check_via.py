"""Whether platforms that are reached only through another one (`via`) are: county 110 and everybody else meet
at the city's 110 (三(二)1 of the opinion).

Pure; part of `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.routing.plan import ALL_AGENTS
from bridge.settings.problems import Path, Problem
from bridge.settings.sections import Settings
from bridge.settings.world import TargetRule


def chains(settings: Settings) -> Iterator[Problem]:
    """A platform between must be reached directly itself."""
    for name, platform in settings.platforms.items():
        between = settings.platforms.get(platform.via or "")
        if platform.via == name or (between is not None and between.via is not None):
            text = f'via "{platform.via}" 不行：中间的平台要能直接到达，不能是自己，也不能再写 via'
            yield Problem(("platforms", name, "via"), text)


def bypasses(settings: Settings) -> Iterator[Problem]:
    """Routes that join a platform with somebody else than the one it is reached through."""
    for place, route in enumerate(settings.routes):
        ends: list[tuple[Path, str | None]] = [(("platform",), route.platform)]
        ends += [(("to", turn), _at(settings, target)) for turn, target in enumerate(route.to)]
        begins = [(source, begin) for source in route.sources for begin in _from(settings, source)]
        for path, end in ends:
            told = (_bypass(settings, source, begin, end) for source, begin in begins)
            text = next(filter(None, told), "")
            if text:
                yield Problem(("routes", place, *path), f'路由"{route.name}"：{text}')


def _bypass(settings: Settings, source: str, begin: str | None, end: str | None) -> str:
    """What to write instead, or "" if the two may meet."""
    there, here = _via(settings, end), _via(settings, begin)
    if there is not None and begin not in {there, end}:
        return (
            f'到平台 "{end}" 只能经 "{there}"，而来源 {source} 不是 "{there}" 的；'
            f'platform 写 "{there}"，目标写 "{there}" 的中继，由它再转'
        )
    if here is not None and end not in {here, begin}:
        whose = f'属于 "{end}"' if end else f"没写是谁的（若是 {here} 的，在中继上写 platform）"
        return f'来源 {source} 属于 "{begin}"，只能先转到 "{here}"，而这里{whose}；改成 "{here}" 的'
    return ""


def _via(settings: Settings, name: str | None) -> str | None:
    platform = settings.platforms.get(name or "")
    return platform.via if platform else None


def _from(settings: Settings, source: str) -> set[str | None]:
    """The platforms calls from this source may be of; None: nobody said."""
    if source == ALL_AGENTS:
        return {agent.platform for agent in settings.agents.values()}
    trunk = settings.trunks.get(source)
    return {trunk.platform} if trunk else set()


def _at(settings: Settings, target: TargetRule) -> str | None:
    queue = settings.queues.get(target.queue or "")
    member = target.agent or (queue.agents[0] if queue else None)
    if member is not None:
        agent = settings.agents.get(member)
        return agent.platform if agent else None
    trunk = settings.trunks.get(target.trunk or "")
    return trunk.platform if trunk else None
