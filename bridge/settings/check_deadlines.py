"""Whether deadlines can be told apart and counted: one rule for a case, hours that do not overlap.

Pure; part of `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.routing.hours import DAY_MINUTES, read_span
from bridge.settings.calendar import HoursRule
from bridge.settings.deadlines import DeadlineRuleSetting
from bridge.settings.problems import Path, Problem, did_you_mean
from bridge.settings.sections import Settings


def rules(settings: Settings) -> Iterator[Problem]:
    """Names told apart, partners that are there, and no two rules equally specific for one ticket."""
    written = settings.deadlines.rules
    for place, rule in enumerate(written):
        here: Path = ("deadlines", "rules", place)
        before = written[:place]
        if rule.name in {each.name for each in before}:
            yield Problem((*here, "name"), f'名称 "{rule.name}" 重复了，每条要有不同的名称')
        if rule.partner is not None and rule.partner not in settings.platforms:
            text = f'没有叫 "{rule.partner}" 的平台{did_you_mean(rule.partner, settings.platforms)}'
            yield Problem((*here, "partner"), text)
        twin = next((each for each in before if _same_reach(each, rule)), None)
        if twin is not None:
            text = f"与“{twin.name}”管的是同样的工单（partner、categories、urgency 都相同），合成一条"
            yield Problem(here, text)


def hours(settings: Settings) -> Iterator[Problem]:
    """Working hours in order, none twice."""
    own = settings.deadlines
    yield from _hours(own.working_hours, ("deadlines", "working_hours"))
    for place, rule in enumerate(own.rules):
        if rule.working_hours is not None:
            yield from _hours(rule.working_hours, ("deadlines", "rules", place, "working_hours"))


def hooks(settings: Settings) -> Iterator[Problem]:
    """Webhooks told apart."""
    names = [hook.name for hook in settings.deadlines.hooks]
    for place, name in enumerate(names):
        if name is not None and name in names[:place]:
            yield Problem(("deadlines", "hooks", place, "name"), f'名称 "{name}" 重复了')


def _same_reach(one: DeadlineRuleSetting, other: DeadlineRuleSetting) -> bool:
    shared = set(one.categories) & set(other.categories) or not (one.categories or other.categories)
    return bool(shared) and (one.partner, one.urgency) == (other.partner, other.urgency)


def _hours(rule: HoursRule, here: Path) -> Iterator[Problem]:
    spans = sorted(read_span(text) for text in rule.times)
    ends = [(first, last if last > first else last + DAY_MINUTES) for first, last in spans]
    following = [*ends[1:], (ends[0][0] + DAY_MINUTES, 0)]
    if any(last > after for (_, last), (after, _) in zip(ends, following, strict=True)):
        yield Problem((*here, "times"), f"工作时间 {'、'.join(rule.times)} 互相重叠，要分开写")
