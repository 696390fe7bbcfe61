"""A house to be photographed: the tests' whole bridge, with the names of a city's two platforms and some
tickets."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from tests.web.house import WebHouse

PLATFORMS: Final = {"12345": "12345 政务服务便民热线", "110": "市公安局 110", "110-dcf": "东昌府公安分局 110"}
AGENTS: Final = {
    "8001": "王芳",
    "8002": "刘洋",
    "8003": "李静",
    "8004": "赵敏",
    "8005": "孙磊",
    "8010": "周强",
}
SHOWN: Final = {"来话", "转110", "两席"}
"""Routes that stay; the others are the tests'."""
REQUESTS: Final = (
    ("a2-crime", "小区门口有人偷电瓶", "柳园南路26号", "陈建军", "normal", ("accept", "feedback", "close")),
    (None, "饭店门口有人喝醉了闹事", "东昌府区兴华西路58号", "刘桂兰", "urgent", ("accept", "feedback")),
    (None, "夜里有人飙摩托车扰民", "东昌府区东昌路与柳园路口", "周建华", "normal", ("return",)),
    (None, "邻居因漏水争吵，怕打起来", "茌平区枣乡街18号", "李秀英", "urgent", ("accept",)),
    (None, "收到冒充客服的诈骗电话", "高唐县鼓楼街道", "马东升", "normal", ()),
)  # fmt: skip
"""category, what, where, who, urgency, and what 110 (or, to close, 12345) has done with it."""


class ShownHouse(WebHouse):
    """`WebHouse` as an administrator of the city would have written it."""

    def _write(self, asr: bool, more: str, door: str) -> None:
        super()._write(asr, more, door)
        path, yaml = self.folder / "bridge.yaml", YAML(typ="safe")
        text: dict[str, Any] = yaml.load(path.read_text())
        for name, shown in PLATFORMS.items():
            text["platforms"][name]["name"] = shown
        for number, shown in AGENTS.items():
            text["agents"][number]["name"] = shown
        for trunk in ("dead", "police-tcp", "police-tls"):
            del text["trunks"][trunk]
        text["routes"] = [_route(each) for each in text["routes"] if each["name"] in SHOWN]
        text["recording"]["policy"] = "always"
        with path.open("w") as out:
            yaml.dump(text, out)

    def fill(self) -> None:
        """Tickets of the web channel, each as far as REQUESTS says."""
        for category, what, where, who, urgency, deeds in REQUESTS:
            asked = {"to": "110", "by": "12345", "what": what, "where": where, "who": who, "urgency": urgency}
            asked |= {"contact": "15463502789", **({"category": category} if category else {})}
            ticket = self._post("/exchange/v1/tickets", asked)["ticket"]
            for deed in deeds:
                by = "12345" if deed == "close" else "110"
                self._post(f"/exchange/v1/tickets/{ticket}/{deed}", {"by": by, "reason": REASONS[deed]})

    def _post(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        answer = self.api.post(path, json=said, headers={"Idempotency-Key": uuid.uuid4().hex})
        answer.raise_for_status()
        made: dict[str, Any] = answer.json()
        return made


REASONS: Final = {
    "accept": "",
    "return": "属于交通执法，请转交警支队",
    "feedback": "民警已到场处置，双方离开",
    "close": "已回访，诉求人满意",
}


def _route(route: dict[str, Any]) -> dict[str, Any]:
    names = {"来话": "热线来电", "转110": "市公安局 110", "两席": "热线来电（两席）"}
    return {**route, "name": names[route["name"]], "ring_seconds": 120, "answer_within_seconds": 30}


def blank(folder: Path) -> Path:
    """Where an empty database of the newest shape is to be."""
    return folder / "blank.db"
