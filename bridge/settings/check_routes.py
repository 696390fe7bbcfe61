"""Whether routes and keys can do what they say: none shadowed, times in order, codes that can be pressed.

Pure; part of `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from bridge.routing.feature_codes import clash
from bridge.routing.numbers import Pattern, parse
from bridge.settings.house import Transfer
from bridge.settings.problems import Problem
from bridge.settings.sections import Settings
from bridge.settings.world import RouteRule


def shadowed(settings: Settings) -> Iterator[Problem]:
    """A route that earlier ones leave nothing to: for each of its sources one of them covers its number."""
    earlier: list[tuple[RouteRule, Pattern]] = []
    for place, route in enumerate(settings.routes):
        pattern = parse(route.number)
        winners = [_winner(earlier, source, route, pattern) for source in route.sources]
        first = next((winner for winner in winners if winner is not None), None)
        if first is not None and None not in winners:
            text = f'路由"{route.name}"永远轮不到：前面的"{first.name}"（{first.number}）先匹配；把它移到前面'
            yield Problem(("routes", place), text)
        earlier.append((route, pattern))


def _winner(
    earlier: list[tuple[RouteRule, Pattern]], source: str, mine: RouteRule, pattern: Pattern
) -> RouteRule | None:
    for route, wider in earlier:
        always = route.hours is None or route.hours == mine.hours
        if always and source in route.sources and wider.covers(pattern):
            return route
    return None


def times(settings: Settings) -> Iterator[Problem]:
    for place, route in enumerate(settings.routes):
        for turn, target in enumerate(route.to):
            ring = target.ring_seconds or route.ring_seconds
            answer = target.answer_within_seconds or route.answer_within_seconds
            if answer > ring:
                text = f"answer_within_seconds（{answer}）不能大于 ring_seconds（{ring}）"
                yield Problem(("routes", place, "to", turn), text)
        if route.total_seconds is not None and any(target.queue for target in route.to):
            text = "total_seconds 不管排队：等多久由队列的 max_wait_seconds 定；去掉 total_seconds"
            yield Problem(("routes", place, "total_seconds"), text)
        if route.total_seconds is not None and route.total_seconds < route.answer_within_seconds:
            text = f"total_seconds（{route.total_seconds}）不能小于 answer_within_seconds"
            yield Problem(("routes", place, "total_seconds"), text)


def keys(settings: Settings) -> Iterator[Problem]:
    for place, route in enumerate(settings.routes):
        if (route.key or route.feature_code) and parse(route.number).literal is None:
            which = "key" if route.key else "feature_code"
            text = f'一键转接要拨确定的号码，而 number "{route.number}" 含通配符；另写一条 number 确定的路由'
            yield Problem(("routes", place, which), text)


def steering_codes(settings: Settings) -> Iterator[Problem]:
    """Codes for the transfer in flight are told from each other and from every key."""
    own = settings.transfer
    codes = {name: code for name in Transfer.model_fields if (code := getattr(own, name)) is not None}
    others = [route.feature_code for route in settings.routes if route.feature_code]
    for place, (name, code) in enumerate(codes.items()):
        for other in (*others, *list(codes.values())[:place]):
            if other == code or clash((other, code)) is not None:
                text = f'功能码 "{code}" 与 "{other}" 冲突：一个含在另一个里，按不出来，换一个'
                yield Problem(("transfer", name), text)


def feature_codes(settings: Settings) -> Iterator[Problem]:
    """Routes that share a number (by the hour) may share its code."""
    coded = [(place, route) for place, route in enumerate(settings.routes) if route.feature_code]
    for (_first, earlier), (second, later) in combinations(coded, 2):
        one, other = str(earlier.feature_code), str(later.feature_code)
        shared = one == other and earlier.number == later.number
        if not shared and clash((one, other)) is not None:
            text = f'功能码 "{other}" 与 "{one}" 冲突：一个含在另一个里，按不出来，换一个'
            yield Problem(("routes", second, "feature_code"), text)


def pause_code(settings: Settings) -> Iterator[Problem]:
    """The code that pauses a recording is told from every other."""
    pause, own = settings.recording.pause_code, settings.transfer
    codes = [*(getattr(own, name) for name in Transfer.model_fields)]
    codes += [route.feature_code for route in settings.routes]
    for code in sorted(set(filter(None, codes))):
        if pause is not None and (pause == code or clash((code, pause)) is not None):
            text = f'pause_code "{pause}" 与功能码 "{code}" 冲突：一个含在另一个里，按不出来，换一个'
            yield Problem(("recording", "pause_code"), text)
