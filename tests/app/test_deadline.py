"""`bridge deadline explain`: when, by which rule and why; and the hooks, built."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from bridge.app.deadlines import doors, hooks
from bridge.app.partners import destinations
from bridge.handling.path import Parties
from bridge.settings import Settings

CONFIG = """
asr: {enabled: false}
platforms:
  "110": {name: 报警服务台}
  "12345": {name: 热线}
deadlines:
  rules:
    - {name: 一般, accept: 2 工作小时, feedback: 5 工作日, close: null}
    - {name: 公安, partner: "110", urgency: urgent, accept: 10 分钟}
    - {name: 刑事, partner: "110", categories: [a2-*], accept: 20 分钟}
"""


def explained(folder: Path, *words: str, config: str = CONFIG) -> tuple[int, str]:
    (folder / "bridge.yaml").write_text(config)
    argv = ["deadline", "explain", "-c", str(folder / "bridge.yaml"), *words]
    done = CliRunner().invoke(app, argv)
    return done.exit_code, done.output


def test_when_and_why(tmp_path: Path) -> None:
    argv = ("--partner", "110", "--category", "a2-crime", "--urgency", "urgent", "--at", "2026-09-30T17:25")
    code, said = explained(tmp_path, *argv)
    assert code == 0
    assert said.splitlines() == [
        "平台 110 报警服务台，事项 a2-crime，紧急，从 2026-09-30 17:25（Asia/Shanghai，星期三，上班）算起：",
        "  签收：2026-09-30 17:45（星期三，上班）之前，20 分钟（规则“刑事”），09-30 17:41 提醒",
        "  反馈：2026-10-13 17:30（星期二，上班）之前，5 个工作日（规则“一般”），10-12 17:29 提醒",
        "  办结：不限时（规则“一般”）",
        "规则：",
        "  “刑事”符合（平台 110，事项 a2-*），用于签收",
        "  “公安”符合（平台 110，紧急和危急），更具体的规则都已写明，没有用到",
        "  “一般”符合（任何工单），用于反馈、办结",
    ]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("--partner", "110", "--at", "2026-12-31T09:00"), "日历里没有 2027 年的放假安排"),
        (("--partner", "12345", "--at", "2026-10-10T17:00"), "星期六，调休上班"),
        (("--partner", "12345", "--at", "2026-10-03T17:00+08:00"), "星期六，放假"),
        (("--partner", "12345", "--at", "2026-10-03T23:00+00:00"), "2026-10-04 07:00"),
        (("--partner", "12345", "--at", "9999-12-31T12:00"), "没有日历管得到那一年"),
        (("--partner", "12345"), "算起"),
    ],
)
def test_what_else_is_told(tmp_path: Path, argv: tuple[str, ...], said: str) -> None:
    code, output = explained(tmp_path, *argv)
    assert (code, said in output) == (0, True), output


@pytest.mark.parametrize(
    ("argv", "config", "code", "said"),
    [
        (("--partner", "119"), CONFIG, 1, "没有平台 119，有：110、12345"),
        (("--partner", "110", "--at", "明天"), CONFIG, 1, "不是时间"),
        (("--partner", "110"), CONFIG.replace("10 分钟", "马上"), 2, "不是时限"),
        (
            ("--partner", "110"),
            CONFIG + '    - {name: 又, partner: "110", urgency: urgent, close: 1 天}',
            2,
            "同样",
        ),
    ],
)
def test_what_is_wrong_says_what_to_do(
    tmp_path: Path, argv: tuple[str, ...], config: str, code: int, said: str
) -> None:
    found, output = explained(tmp_path, *argv, config=config)
    assert (found, said in output) == (code, True), output


def test_no_rule_is_no_deadline(tmp_path: Path) -> None:
    bare = CONFIG[: CONFIG.index("deadlines:")] + "deadlines: {rules: []}\n"
    assert "不限时" in explained(tmp_path, "--partner", "110", config=bare)[1]


def test_a_class_nobody_knows_is_told_by_the_check(tmp_path: Path) -> None:
    rules = "[a2-*, a2-crime, a2-crme, b*]"
    (tmp_path / "bridge.yaml").write_text(CONFIG.replace("[a2-*]", rules))
    done = CliRunner().invoke(app, ["check", "-c", str(tmp_path / "bridge.yaml")])
    said = [line for line in done.output.splitlines() if "时限规则" in line]
    assert [("a2-crme" in line, "是不是想写 \"a2-crime\"" in line) for line in said] == [
        (True, True), (False, False),
    ]  # fmt: skip
    assert all("提醒" in line for line in said)


def test_hooks_have_their_doors_beside_the_platforms() -> None:
    door = {"url": "http://10.1.9.9/deadlines", "secret_env": "A"}
    written = [
        {"to": "partner", "on": ["overdue"]},
        {"to": "partner", "on": ["reminder"]},
        {"to": "webhook", "name": "ducha", "on": ["escalated"], "door": door},
    ]
    tickets = {"url": "http://10.2.0.20/", "secret_env": "B"}
    settings = Settings.model_validate(
        {
            "platforms": {"110": {"name": "报警", "tickets": tickets}, "12345": {"name": "热线"}},
            "deadlines": {"hooks": written},
        }
    )
    made = hooks(settings, Parties(frozenset({"12345"}), "12345", frozenset({"110", "12345"})))
    assert made.partner == {"overdue", "reminder"}
    assert made.webhooks == {"ducha": frozenset({"escalated"})}
    assert (made.own, made.doors) == ({"12345"}, {"110"})
    assert doors(settings).keys() == {"hook:ducha"}
    loaded = settings.deadlines.hooks[2].door
    assert loaded is not None
    secret = "whsec_" + "QUJD" * 10
    with_keys = settings.model_copy(
        update={
            "platforms": {},
            "deadlines": settings.deadlines.model_copy(
                update={"hooks": (written_hook(settings, loaded.with_secret(secret)),)}
            ),
        }
    )
    assert destinations(with_keys)["hook:ducha"].url == "http://10.1.9.9/deadlines"


def written_hook(settings: Settings, door: object) -> object:
    return settings.deadlines.hooks[2].model_copy(update={"door": door})
