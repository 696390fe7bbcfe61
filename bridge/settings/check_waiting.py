"""Whether queues can do what they say: names that can be shown, codes that can be pressed, times in order.

Pure; part of `checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bridge.routing.feature_codes import clash
from bridge.settings.house import Transfer
from bridge.settings.problems import Problem
from bridge.settings.sections import Settings
from bridge.settings.waiting import AgentCodes

_QUEUE_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
OVERFLOW_RING: Final = 30
OVERFLOW_ANSWER: Final = 4
"""Seconds an overflow target has where it says nothing: as a route's."""


def names(settings: Settings) -> Iterator[Problem]:
    for name in settings.queues:
        if not _QUEUE_NAME.fullmatch(name):
            text = f'队列名 "{name}" 不行：用小写字母开头，后面小写字母、数字、- 或 _（指标里也用它）'
            yield Problem(("queues", name), text)


def codes(settings: Settings) -> Iterator[Problem]:
    """The agents' codes among themselves and with the keys: none within another."""
    own = {name: code for name in AgentCodes.model_fields if (code := getattr(settings.agent_codes, name))}
    transfer = [getattr(settings.transfer, name) for name in Transfer.model_fields]
    others = [code for code in (*transfer, *(route.feature_code for route in settings.routes)) if code]
    for place, (name, code) in enumerate(own.items()):
        for other in (*others, *list(own.values())[:place]):
            if code == other or clash((code, other)) is not None:
                text = f'功能码 "{code}" 与 "{other}" 冲突：一个含在另一个里，按不出来，换一个'
                yield Problem(("agent_codes", name), text)


def overflow_times(settings: Settings) -> Iterator[Problem]:
    for name, queue in settings.queues.items():
        for turn, target in enumerate(queue.overflow):
            ring = target.ring_seconds or OVERFLOW_RING
            answer = target.answer_within_seconds or OVERFLOW_ANSWER
            if answer > ring:
                text = f"answer_within_seconds（{answer}）不能大于 ring_seconds（{ring}）"
                yield Problem(("queues", name, "overflow", turn), text)
