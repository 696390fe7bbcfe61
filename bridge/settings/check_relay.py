"""Whether routes that let an rtpengine relay are of calls that are only passed on.

Pure; part of `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.routing.plan import ALL_AGENTS
from bridge.settings.problems import Problem
from bridge.settings.sections import Settings
from bridge.settings.world import RouteRule


def passed_on(settings: Settings) -> Iterator[Problem]:
    """Nothing on the route may need our own relay from the start."""
    for place, route in enumerate(settings.routes):
        if route.relay == "own":
            continue
        here = ("routes", place, "relay")
        if settings.media.rtpengine is None:
            text = "relay: rtpengine 要先写 media.rtpengine: {address: 127.0.0.1:2223}"
            yield Problem(here, text)
        why = _needs_us(settings, route)
        if why:
            text = f"relay: rtpengine 只用于单纯转接给另一条中继的电话：{why}；去掉 relay"
            yield Problem(here, text)


def _needs_us(settings: Settings, route: RouteRule) -> str:
    """Why the route's calls are more than passed on; "": they are not."""
    if ALL_AGENTS in route.sources or any(target.trunk is None for target in route.to):
        return "话务员在通话里要按键、要字幕，声音得经过本系统"
    if len(route.to) != 1:
        return "to 只能有一个目标"
    if route.key or route.feature_code is not None:
        return "key、feature_code 的路由是按键转接用的，声音得经过本系统"
    if (route.recording or settings.recording.policy) == "always":
        return "录音（recording: always）要经过本系统"
    if route.silent_danger != "never":
        return "静默求助（silent_danger）要听得见线路上的声音"
    return ""
