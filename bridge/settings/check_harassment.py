"""Whether the harassment section can do what it says.

Pure; part of `checks`.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.settings.problems import Path, Problem, did_you_mean
from bridge.settings.sections import Settings


def rules(settings: Settings) -> Iterator[Problem]:
    """Names told apart, and somebody to divert to."""
    names = [rule.name for rule in settings.harassment.rules]
    for place, rule in enumerate(settings.harassment.rules):
        here: Path = ("harassment", "rules", place)
        if rule.name in names[:place]:
            yield Problem((*here, "name"), f'名称 "{rule.name}" 重复了，每条要有不同的名称')
        if rule.then == "divert" and not settings.harassment.divert_to:
            yield Problem((*here, "then"), "then: divert 要写明转给谁：在 harassment 里加 divert_to")


def targets(settings: Settings) -> Iterator[Problem]:
    """Whom diverted calls go to must be there, and a trunk be told the number."""
    for turn, target in enumerate(settings.harassment.divert_to):
        here: Path = ("harassment", "divert_to", turn)
        if target.agent is not None and target.agent not in settings.agents:
            text = f'没有叫 "{target.agent}" 的话务员{did_you_mean(target.agent, settings.agents)}'
            yield Problem((*here, "agent"), text)
        if target.queue is not None and target.queue not in settings.queues:
            text = f'没有叫 "{target.queue}" 的队列{did_you_mean(target.queue, settings.queues)}'
            yield Problem((*here, "queue"), text)
        if target.trunk is not None:
            yield from _at_trunk(settings, here, target.trunk, target.number)


def _at_trunk(settings: Settings, here: Path, name: str, number: str | None) -> Iterator[Problem]:
    trunk = settings.trunks.get(name)
    if trunk is None:
        yield Problem((*here, "trunk"), f'没有叫 "{name}" 的中继{did_you_mean(name, settings.trunks)}')
    elif not trunk.places:
        text = f"要往中继 {name} 呼出，但它没有 target；在 trunks.{name} 里写 target: 对方IP:5060"
        yield Problem((*here, "trunk"), text)
    if number is None:
        yield Problem(here, "trunk 目标要写 number：拨哪个号码")
